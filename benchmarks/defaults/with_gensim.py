"""gensim with its defaults, on all words of seqlab's vocabulary; it leaves the vectors in a file beside its own."""

import json
from pathlib import Path

import numpy as np
from gensim.models import Word2Vec
from packages import versions
from processes import answer


def reply(asked):
    sentences = json.loads(Path(asked["file"]).read_text(encoding="utf-8"))["splits"]["train"]["words"]
    model = Word2Vec(sentences, sg=int(asked["skip_gram"]), min_count=1, workers=1, seed=asked["seed"])
    vectors = Path(asked["file"]).with_suffix(".npz")
    np.savez(vectors, words=np.array(model.wv.index_to_key), input=model.wv.vectors, output=model.syn1neg)
    return {"vectors": str(vectors), "versions": versions("gensim")}


if __name__ == "__main__":
    answer(reply)
