"""The loss of a translator."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from seqlab.models.translation import TeacherForcing
from seqlab.text.vocabulary import OF_SENTENCES
from seqlab.training.cross_entropy import cross_entropy

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from seqlab.training.loss import Sums


class TranslationLoss:
    """Cross-entropy of each target id after the first; padding never counts.

    `batch["source"]` (batch, source), `batch["target"]` (batch, time), from the start's id to the end's; `positions`
    (tokens,): see `batching`. Logits are computed for non-padding positions only. `teacher_forcing`: how often a step
    reads the true previous id.
    `softmax_samples`: number of ids, sampled by frequency, in the softmax; None: all.
    """

    def __init__(
        self,
        model: keras.Model,
        *,
        label_smoothing: float,
        teacher_forcing: TeacherForcing,
        softmax_samples: int | None,
        target_size: int,
    ) -> None:
        import keras

        self.label_smoothing, self.teacher_forcing = label_smoothing, teacher_forcing
        self.softmax_samples = None if softmax_samples is None else min(softmax_samples, target_size)
        self.target_size = target_size
        self.metric_names = ("loss", "accuracy") if softmax_samples is None else ("loss",)
        self.variables: Sequence[keras.Variable] = ()
        # The names of these variables are part of the checkpoint format.
        if teacher_forcing.start != teacher_forcing.end:
            self.variables = (keras.Variable(0.0, trainable=False, name="forced_steps"),)
        self.seeds = keras.random.SeedGenerator(name="negatives") if softmax_samples is not None else None
        if self.seeds is not None:
            self.variables = (*self.variables, self.seeds.state)

    def begin_epoch(self) -> None:
        """Examples are independent: nothing is carried over."""

    def __call__(self, model: keras.Model, batch: Mapping[str, tf.Tensor]) -> Sums:
        import tensorflow as tf

        inputs, targets = batch["target"][:, :-1], batch["target"][:, 1:]
        options = {} if self.teacher_forcing.always else {"teacher_forcing": self._probability(batch)}
        hidden = model.hidden(batch["source"], inputs, training=True, **options)
        hidden = tf.gather(tf.reshape(hidden, (-1, hidden.shape[-1])), batch["positions"])  # (tokens, width)
        targets = tf.gather(tf.reshape(targets, (-1,)), batch["positions"])  # (tokens,)
        count = tf.cast(tf.size(targets), tf.float32)
        if self.seeds is not None:
            return {"loss": (tf.reduce_sum(self._sampled_softmax(model.head, hidden, targets)), count)}
        logits = tf.cast(model.head(hidden), tf.float32)
        correct = tf.argmax(logits, axis=-1, output_type=targets.dtype) == targets
        losses = cross_entropy(targets, logits, self.label_smoothing, first=len(OF_SENTENCES))
        return {
            "loss": (tf.reduce_sum(losses), count),
            "accuracy": (tf.reduce_sum(tf.cast(correct, tf.float32)), count),
        }

    def _probability(self, batch: Mapping[str, tf.Tensor]) -> tf.Tensor:
        """The probability of teacher forcing at this training step."""
        import tensorflow as tf

        from seqlab.training.device_shares import updates_after

        start, end = self.teacher_forcing.start, self.teacher_forcing.end
        if start == end:
            return tf.constant(start)
        (done, *_) = self.variables
        now = start + (end - start) * tf.minimum(done.value / self.teacher_forcing.steps, 1.0)
        done.assign_add(updates_after(batch))
        return now

    def _sampled_softmax(self, head: Any, hidden: tf.Tensor, targets: tf.Tensor) -> tf.Tensor:
        """Cross-entropy of each id (tokens,) among ids sampled for all tokens together (Jean et al. 2015, section 3.1).

        Sampled log-uniformly, as words are distributed: P(id) ∝ log(1 + 1 / (id + 1)), as vocabularies start with the
        most frequent words. Each logit is lowered by the log of its expected count among the samples; where the true
        id is sampled too, all its copies count as correct. So the loss approximates the full softmax.
        """
        import keras
        import tensorflow as tf

        size, count = self.target_size, self.softmax_samples or 0
        drawn = tf.exp(keras.random.uniform((count,), seed=self.seeds) * math.log(size + 1)) - 1
        ids = tf.minimum(tf.cast(drawn, tf.int32), size - 1)

        def expected(of: tf.Tensor) -> tf.Tensor:
            ranks = tf.cast(of, tf.float32)
            return tf.math.log(count * tf.math.log1p(1 / (ranks + 1)) / math.log(size + 1))

        true = head.of(hidden, targets[:, None]) - expected(targets)[:, None]
        others = head.of(hidden, ids) - expected(ids)
        correct = tf.where(ids == targets[:, None], others, -math.inf)
        all_of, correct_of = (tf.reduce_logsumexp(tf.concat([true, each], 1), axis=1) for each in (others, correct))
        return all_of - correct_of
