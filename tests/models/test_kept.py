import keras

from seqlab.models.kept import kept


def test_it_is_made_once_for_each_model_and_name():
    made = []

    def make():
        made.append(object())
        return made[-1]

    first, second = keras.Sequential(), keras.Sequential()
    assert kept(first, "search_4", make) is kept(first, "search_4", make) is made[0]
    assert kept(first, "search_8", make) is made[1]
    assert kept(second, "search_4", make) is made[2]
    assert len(made) == 3
