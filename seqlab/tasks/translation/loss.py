"""What the training of a translator lowers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seqlab.models.translation.translator import Forcing
from seqlab.text.vocabulary import OF_SENTENCES
from seqlab.training.cross_entropy import cross_entropy

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from seqlab.tasks.task import Sums


class TranslationLoss:
    """Cross-entropy of each target id that follows another; padding is no place of a sentence and counts nowhere.

    `batch["source"]` (batch, source), `batch["target"]` (batch, time), from the start's id to the end's. The logits are
    made for the places that count and for no others. `forcing`: how often a step is told the true id before it.
    `negatives`: so many ids, drawn by their frequency, stand for all the others, which makes the loss another one.
    """

    def __init__(
        self, model: keras.Model, *, label_smoothing: float, forcing: Forcing, negatives: int | None, target_size: int
    ) -> None:
        import keras

        self.label_smoothing, self.forcing = label_smoothing, forcing
        self.negatives = None if negatives is None else min(negatives, target_size)
        self.target_size = target_size
        self.figures = ("loss", "accuracy") if negatives is None else ("loss",)
        self.variables: Sequence[keras.Variable] = ()
        if forcing.start != forcing.end:
            self.variables = (keras.Variable(0.0, trainable=False, name="forced_steps"),)
        self.seeds = keras.random.SeedGenerator(name="negatives") if negatives is not None else None
        if self.seeds is not None:
            self.variables = (*self.variables, self.seeds.state)

    def begin_epoch(self) -> None:
        """Nothing is carried over."""

    def __call__(self, model: keras.Model, batch: Mapping[str, tf.Tensor]) -> Sums:
        import tensorflow as tf

        read, wanted = batch["target"][:, :-1], batch["target"][:, 1:]
        there = wanted != 0
        options = {} if self.forcing.always else {"teacher_forcing": self._probability()}
        hidden = model.hidden(batch["source"], read, training=True, **options)
        hidden, wanted = tf.boolean_mask(hidden, there), tf.boolean_mask(wanted, there)
        count = tf.cast(tf.size(wanted), tf.float32)
        if self.seeds is not None:
            return {"loss": (tf.reduce_sum(self._among_negatives(model.head, hidden, wanted)), count)}
        logits = tf.cast(model.head(hidden), tf.float32)
        right = tf.argmax(logits, axis=-1, output_type=wanted.dtype) == wanted
        losses = cross_entropy(wanted, logits, self.label_smoothing, first=len(OF_SENTENCES))
        return {
            "loss": (tf.reduce_sum(losses), count),
            "accuracy": (tf.reduce_sum(tf.cast(right, tf.float32)), count),
        }

    def _probability(self) -> tf.Tensor:
        """Of being told the truth, at this step of training."""
        import tensorflow as tf

        start, end = self.forcing.start, self.forcing.end
        if start == end:
            return tf.constant(start)
        (done, *_) = self.variables
        now = start + (end - start) * tf.minimum(done.value / self.forcing.steps, 1.0)
        done.assign_add(1.0)
        return now

    def _among_negatives(self, head: Any, hidden: tf.Tensor, wanted: tf.Tensor) -> tf.Tensor:
        """Cross-entropy of each id (places,) among ids drawn for all places together (Jean et al. 2015, section 3.1).

        Drawn with a probability that falls as that of words does, log(1 + 1 / (id + 1)): vocabularies begin with the
        most frequent. Each score is lowered by the logarithm of how often its id is expected among those drawn; where
        the true one is drawn as well, all its places are right. So what is learned are the probabilities of the full
        loss, however few are drawn.
        """
        import keras
        import tensorflow as tf

        size, count = self.target_size, self.negatives or 0
        drawn = tf.exp(keras.random.uniform((count,), seed=self.seeds) * math.log(size + 1)) - 1
        ids = tf.minimum(tf.cast(drawn, tf.int32), size - 1)

        def expected(of: tf.Tensor) -> tf.Tensor:
            places = tf.cast(of, tf.float32)
            return tf.math.log(count * tf.math.log1p(1 / (places + 1)) / math.log(size + 1))

        true = head.of(hidden, wanted[:, None]) - expected(wanted)[:, None]
        others = head.of(hidden, ids) - expected(ids)
        right = tf.where(ids == wanted[:, None], others, -math.inf)
        all_of, right_of = (tf.reduce_logsumexp(tf.concat([true, each], 1), axis=1) for each in (others, right))
        return all_of - right_of
