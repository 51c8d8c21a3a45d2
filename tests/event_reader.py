"""What TensorBoard's own reader finds in event files."""

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def accumulated(directory):
    """The reader of a directory, as TensorBoard's page sees it."""
    return EventAccumulator(str(directory), size_guidance={"scalars": 0, "tensors": 0}).Reload()


def curve(directory, tag):
    """(step, value) of the points of a curve."""
    return [(point.step, round(point.value, 6)) for point in accumulated(directory).Scalars(tag)]


def texts(directory, tag):
    """The texts of a tag, with their steps."""
    found = accumulated(directory).Tensors(tag)
    return [(each.step, each.tensor_proto.string_val[0].decode()) for each in found]
