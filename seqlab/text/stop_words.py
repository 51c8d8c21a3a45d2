"""Lists of stop words. A list never changes, because trained runs depend on it: a better one gets a new name."""

_ENGLISH = """
a an the this that these those
i me my mine myself we us our ours ourselves you your yours yourself yourselves
he him his himself she her hers herself it its itself they them their theirs themselves
who whom whose which what when where why how
am is are was were be been being have has had having do does did doing done
can could may might must shall should will would ought
and but or so yet if then than as because while until unless although though whether since
about above across after against along among around at before behind below beneath beside between beyond
by down during for from in inside into near of off on onto out outside over through throughout to toward
towards under up upon with within
all any both each every either few many more most much some such other others another same own
again also always ever here just now once only there too very quite rather almost already still even
i'm i've you're you've you'd you'll he's he'd she's it's it'd it'll we're we've they're they've they'd they'll
that's that'd that'll there's here's who's what's where's when's why's how's
"""
ENGLISH = frozenset(_ENGLISH.split())
"""Articles, pronouns, auxiliary verbs, conjunctions, prepositions, quantifiers, adverbs of place and degree, and
their contractions. Excluded on purpose: negations (no, not, never, without, isn't), which reverse the meaning, and
contractions that become another word without their apostrophe (i'll, she'll, we'd)."""
