"""Which hosts there are, and which of them this process is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqlab.errors import RequestError
from seqlab.hosts.addresses import Address
from seqlab.hosts.cluster import PORTS_OF_JOBS, Cluster, expand_nodes, find_cluster

LOCAL, ELSEWHERE = "127.0.0.1:4000", "192.0.2.7:4000"
"""The second is of a range for documentation: no host has it."""


def tf_config(cluster, kind="worker", index=0):
    return {"TF_CONFIG": json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}})}


def slurm(nodes, index, **others):
    return {"SLURM_JOB_NODELIST": nodes, "SLURM_PROCID": str(index), "SLURM_JOB_ID": "70123", **others}


def test_without_hosts_there_is_no_cluster():
    assert find_cluster(None, tf_config({"worker": ["a:1", "b:1"]})) is None


def test_a_host_of_a_list_is_found_by_its_own_address():
    cluster = find_cluster((ELSEWHERE, LOCAL), {})
    assert cluster == Cluster((Address("192.0.2.7", 4000), Address("127.0.0.1", 4000)), 1)
    assert cluster.name(0) == "host 0 (192.0.2.7:4000)"


def test_a_variable_says_which_host_of_a_list_this_is():
    assert find_cluster((ELSEWHERE, LOCAL), {"SEQLAB_HOST_INDEX": "0"}).index == 0


@pytest.mark.parametrize(
    ("hosts", "environment", "message"),
    [
        ((LOCAL, "127.0.0.1:4001"), {}, "2 are addresses of this host: set SEQLAB_HOST_INDEX=0 for the first one"),
        ((ELSEWHERE, "192.0.2.8:1"), {}, "none is an address of this host: set SEQLAB_HOST_INDEX"),
        ((LOCAL, ELSEWHERE), {"SEQLAB_HOST_INDEX": "2"}, "is '2', but must be a number from 0 to 1"),
        ((LOCAL, ELSEWHERE), {"SEQLAB_HOST_INDEX": "-1"}, "is '-1', but must be a number from 0 to 1"),
        ("env", {}, "neither TF_CONFIG nor SLURM_PROCID is set"),
        ("env", {"TF_CONFIG": "{"}, "TF_CONFIG cannot be read"),
        ("env", {"TF_CONFIG": "{}"}, "TF_CONFIG cannot be read"),
        ("env", {"TF_CONFIG": "[]"}, "TF_CONFIG cannot be read"),
        ("env", {"TF_CONFIG": "[" * 100_000}, "TF_CONFIG cannot be read (RecursionError"),
        *(
            ("env", tf_config(jobs), "TF_CONFIG cannot be read")
            for jobs in ([], None, 5, "a:1", [1], {"worker": None}, {"worker": {"0": "a:1"}}, {"worker": [1, 2]})
        ),
        ("env", tf_config({"worker": "a:1,b:1"}), "the job 'worker' is no list of HOST:PORT"),
        ("env", tf_config({"worker": ["a:1", "a:1"]}), "lists a:1 twice"),
        *(
            ("env", tf_config({"worker": ["a:1", "b:1"]}, index=index), "TF_CONFIG cannot be read")
            for index in (None, True, 0.9, float("inf"), float("nan"), "x", [0])
        ),
        ("env", tf_config({"worker": ["a", "b"]}), "'a' is not HOST:PORT"),
        ("env", tf_config({"worker": ["a:1", "b:1"], "ps": ["c:1"]}), "has the job 'ps'"),
        ("env", tf_config({"worker": ["a:1", "b:1"]}, index=2), "says that this is worker 2"),
        ("env", tf_config({"worker": ["a:1", "b:1"]}, kind="evaluator"), "says that this is evaluator 0"),
        ("env", {"SLURM_PROCID": "0"}, "not SLURM_JOB_NODELIST"),
        ("env", slurm("a,b", 0, SLURM_NTASKS="4"), "SLURM runs 4 tasks on 2 nodes; seqlab needs one a node"),
        ("env", slurm("a,b", 2), "SLURM_PROCID is '2'"),
        ("env", slurm("a[1-", 0), "SLURM's list of nodes cannot be read"),
    ],
)
def test_what_does_not_say_it_is_an_error(hosts, environment, message):
    with pytest.raises(RequestError) as refusal:
        find_cluster(hosts, environment)
    assert message in str(refusal.value)


def test_tf_config_lists_a_chief_before_the_workers():
    jobs = {"chief": ["c:1"], "worker": ["a:1", "b:1"]}
    found = find_cluster("env", tf_config(jobs, index=1))
    assert [str(each) for each in found.addresses] == ["c:1", "a:1", "b:1"]
    assert found.index == 2
    assert find_cluster("env", tf_config(jobs, "chief")).index == 0
    assert find_cluster("env", tf_config({"worker": ["a:1"]})) is None


def test_slurm_gives_all_hosts_of_a_job_the_same_addresses():
    first, second = (find_cluster("env", slurm("gpu[7-8]", index, SLURM_NTASKS="2")) for index in (0, 1))
    assert first.addresses == second.addresses == tuple(Address(name, PORTS_OF_JOBS[123]) for name in ("gpu7", "gpu8"))
    assert (first.index, second.index) == (0, 1)
    assert find_cluster("env", slurm("gpu7", 0)) is None


def test_the_step_of_slurm_counts_and_not_the_job():
    step = {"SLURM_STEP_NODELIST": "a,b", "SLURM_STEP_NUM_TASKS": "2", "SLURM_NTASKS": "8"}
    assert len(find_cluster("env", slurm("a,b,c,d", 1, **step)).addresses) == 2


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("login", ["login"]),
        ("a,b-1.x", ["a", "b-1.x"]),
        ("gpu[01-03,7],login", ["gpu01", "gpu02", "gpu03", "gpu7", "login"]),
        ("r[1-2]n[08-10]", ["r1n08", "r1n09", "r1n10", "r2n08", "r2n09", "r2n10"]),
        ("n[9-11]-ib", ["n9-ib", "n10-ib", "n11-ib"]),
    ],
)
def test_nodes_are_expanded_as_scontrol_prints_them(text, nodes):
    assert expand_nodes(text) == nodes


@pytest.mark.parametrize("text", ["a,,b", "a[", "a]", "a[]", "a[1-]", "a[x]", "a[1-999999]", "a[1-2][", ",a"])
def test_what_is_no_list_of_nodes_is_refused(text):
    with pytest.raises(RequestError, match="list of nodes cannot be read"):
        expand_nodes(text)


@given(st.text("a1[],-", max_size=12))
def test_any_text_is_expanded_or_refused(text):
    try:
        nodes = expand_nodes(text)
    except RequestError:
        return
    assert all("[" not in each and "]" not in each and "," not in each for each in nodes)
