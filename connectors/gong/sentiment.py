"""How an English text sounds, by the lexicon of VADER, which Gong has no figure for.

After C.J. Hutto and E. Gilbert, https://ojs.aaai.org/index.php/ICWSM/article/view/14550.
"""

import re
from functools import cache
from itertools import islice
from statistics import fmean

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

SENTENCES, LETTERS = 400, 500
"""How many sentences are judged at most, and how much of each."""

_AT_WORK = {
    # What these words name at work is neither good nor bad.
    **dict.fromkeys(
        ["interest", "like", "secure", "security", "share", "shared", "shares"], 0.0
    ),
    **dict.fromkeys(["solution", "solutions", "support", "value", "values"], 0.0),
    **dict.fromkeys(["churn", "churned", "churning", "outage", "outages"], -2.0),
}
_SENTENCE = re.compile(r"[^\n.!?…]+[.!?…]*")


def sentiment_of(text: str) -> float | None:
    """Return how a text sounds, from -1 to 1; None where it has no words to judge by.

    It is the mean of those sentences that sound like anything: one of the whole text
    goes to an extreme the longer it is.
    """
    if not re.search("[A-Za-z]", text):
        return None
    said = (found[0].strip() for found in _SENTENCE.finditer(text))
    scores = [_score(each[:LETTERS]) for each in islice(said, SENTENCES) if each]
    felt = [score for score in scores if score]
    return round(fmean(felt), 2) if felt else 0.0


def _score(sentence: str) -> float:
    return float(_analyzer().polarity_scores(sentence)["compound"])


@cache
def _analyzer() -> SentimentIntensityAnalyzer:
    analyzer = SentimentIntensityAnalyzer()
    analyzer.lexicon.update(_AT_WORK)
    return analyzer
