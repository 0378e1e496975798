"""What the course's notebooks and the textbook's chapter print: facts, each number as it is printed.

Notebooks of one assignment exist in two generations, "old" (2017 to 2020) and "new" (2021 on); where their digits differ, both are
here. A number that stands in print with twelve digits stands here with twelve, so that a comparison knows how far it can go.

Sources: the assignments on initialisation, regularisation, gradient checking and optimisation methods of the course "Improving
Deep Neural Networks", in stored copies of both generations; and the chapter on regularisation of a textbook built on them.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["RATES", "RUNS", "UNITS", "Copy", "PublishedRun"]


class Copy(NamedTuple):
    """What one copy of a notebook prints of one run."""

    name: str  # which generation; empty if all agree
    costs: tuple[str, ...] = ()  # at iterations (or epochs) 0, every, 2 * every, ...
    # train, test: accuracy, or a share of the examples such as 198/211; empty if not printed
    train: str = ""
    test: str = ""


class PublishedRun(NamedTuple):
    """What is in print of one run."""

    copies: tuple[Copy, ...]  # at least one
    every: int = 1000  # iterations (or epochs) between two printed costs
    predictions: str = ""  # a digit an example, the training examples first; empty if none are in print


# === Runs ===

_ZEROS = PublishedRun(
    (Copy("", ("0.6931471805599453",) * 10 + ("0.6931471805599455",) + ("0.6931471805599453",) * 4, "0.5", "0.5"),),
    predictions="0" * 400,
)

_LARGE_RANDOM = PublishedRun(
    (
        Copy(
            "old",
            (
                *("inf", "0.6237287551108738", "0.5981106708339466", "0.5638353726276827", "0.550152614449184"),
                *("0.5444235275228304", "0.5374184054630083", "0.47357131493578297", "0.39775634899580387", "0.3934632865981078"),
                *("0.39202525076484457", "0.38921493051297673", "0.38614221789840486", "0.38497849983013926", "0.38278397192120406"),
            ),
            "0.83",
            "0.86",
        ),
        Copy(
            "new",
            (
                *("inf", "0.6247924745506072", "0.5980258056061102", "0.5637539062842213", "0.5501256393526495"),
                *("0.5443826306793814", "0.5373895855049121", "0.47157999220550006", "0.39770475516243037", "0.3934560146692851"),
                *("0.3920227137490125", "0.38913700036966736", "0.3861358766546214", "0.38497629552893475", "0.38276694641706693"),
            ),
            "0.83",
            "0.86",
        ),
    ),
    predictions=(
        "1011001111101001011000101111110110011111111011110101111001111011010111100000101011100111111001110110"
        "1011011010110010011011101001011111110110011000101010111001111011010110101111011110101011110110110110"
        "1011101110101001011011011011101111010011011100011011110110111001000100011110000111100111111100011110"
        "1111010110111000010100101011111000010110011111011101011010101111111110101111101001000110110001101100"
    ),
)

_HE = PublishedRun(
    (
        Copy(
            "",
            (
                *("0.8830537463419761", "0.6879825919728063", "0.6751286264523371", "0.6526117768893807", "0.6082958970572938"),
                *("0.5304944491717495", "0.4138645817071794", "0.3117803464844441", "0.23696215330322562", "0.18597287209206836"),
                *("0.1501555628037182", "0.12325079292273548", "0.09917746546525937", "0.0845705595402428", "0.07357895962677366"),
            ),
            "0.993333333333",
            "0.96",
        ),
    )
)

_PLAIN = PublishedRun(
    (
        Copy("old", ("0.6557412523481002", "0.16329987525724216", "0.13851642423255986"), "0.947867298578", "0.915"),
        Copy("new", ("0.6557412523481002", "0.16329987525724204", "0.13851642423234922"), "0.9478672985781991", "0.915"),
    ),
    every=10_000,
)

_L2 = PublishedRun(
    (
        Copy("old", ("0.6974484493131264", "0.2684918873282239", "0.2680916337127301"), "0.938388625592", "0.93"),
        Copy("new", ("0.6974484493131264", "0.2684918873282238", "0.26809163371273004"), "0.9383886255924171", "0.93"),
    ),
    every=10_000,
)

_DROPOUT = PublishedRun(
    (
        Copy("old", ("0.6543912405149825", "0.06101698657490559", "0.060582435798513114"), "0.928909952607", "0.95"),
        Copy("new", ("0.6543912405149825", "0.0610169865749056", "0.060582435798513114"), "0.9289099526066351", "0.95"),
    ),
    every=10_000,
)


def _six(numbers: str, train: str) -> PublishedRun:
    """Return a run of the optimisation notebook, which prints six decimals and has no test set."""
    return PublishedRun((Copy("", tuple(numbers.split()), train),))


RUNS: dict[str, PublishedRun] = {
    # Initialisation: circles, [2, 10, 5, 1].
    "init zeros": _ZEROS,
    "init large random": _LARGE_RANDOM,
    "init He": _HE,
    # Regularisation: the football field, [2, 20, 3, 1].
    "regularization plain": _PLAIN,
    "regularization L2": _L2,
    "regularization dropout": _DROPOUT,
    # Optimisation: moons, [2, 5, 2, 1]. The old notebook prints the cost of each epoch's last mini-batch.
    "optimization old gd": _six(
        "0.690736 0.685273 0.647072 0.619525 0.576584 0.607243 0.529403 0.460768 0.465586 0.464518", "0.796666666667"
    ),
    "optimization old momentum": _six(
        "0.690741 0.685341 0.647145 0.619594 0.576665 0.607324 0.529476 0.460936 0.465780 0.464740", "0.796666666667"
    ),
    "optimization old Adam": _six("0.690552 0.185501 0.150830 0.074454 0.125959 0.104344 0.100676 0.031652 0.111973 0.197940", "0.94"),
    # The new one prints the mean over all batches of the epoch.
    "optimization new gd": _six("0.702405 0.668101 0.635288 0.600491 0.573367", "0.7166666666666667"),
    "optimization new momentum": _six("0.702413 0.668167 0.635388 0.600591 0.573444", "0.7166666666666667"),
    "optimization new Adam": _six("0.702166 0.167845 0.141316 0.138788 0.136066", "0.9433333333333334"),
    # Its table gives the cost at epoch 5,000 as well.
    "optimization decay gd": _six("0.701091 0.661884 0.658620 0.656765 0.655486 0.654514", "0.6533333333333333"),
    "optimization scheduled gd": _six("0.701091 0.127161 0.120304 0.117033 0.117512", "0.9433333333333334"),
    "optimization scheduled momentum": _six("0.702226 0.128974 0.125965 0.123375 0.123218", "0.9533333333333334"),
    "optimization scheduled Adam": _six("0.699346 0.130074 0.129826 0.129282 0.128361", "0.94"),
    # The chapter: the football field, [2, 20, 5, 1].
    "textbook plain": PublishedRun((Copy("", (), "206/211", "184/200"),)),
    "textbook L2": PublishedRun((Copy("", (), "198/211", "190/200"),)),
    "textbook dropout": PublishedRun((Copy("", (), "199/211", "187/200"),)),
    "textbook both": PublishedRun((Copy("", (), "198/211", "186/200"),)),
}

# Learning rates that the new optimisation notebook prints, at epochs 0, 1000, ...
RATES: dict[str, tuple[str, ...]] = {
    "optimization decay gd": ("0.100000", "0.000100", "0.000050", "0.000033", "0.000025", "0.000020"),
    "optimization scheduled gd": ("0.100000", "0.050000", "0.033333", "0.025000", "0.020000"),
    "optimization scheduled momentum": ("0.100000", "0.050000", "0.033333", "0.025000", "0.020000"),
    "optimization scheduled Adam": ("0.010000", "0.005000", "0.003333", "0.002500", "0.002000"),
}


# === Single cases: the numbers of each array row by row, arrays in the order named ===

_MOMENTUM_V = (
    "-0.11006192 0.11447237 0.09015907 0.05024943 0.09008559 -0.06837279  -0.01228902 -0.09357694"
    " -0.02678881 0.05303555 -0.06916608 -0.03967535 -0.06871727 -0.08452056 -0.06712461 -0.00126646 -0.11173103"
    " 0.02344157 0.16598022 0.07420442"
)

UNITS: dict[str, str] = {
    "init zeros W1 b1 W2 b2": "0. 0. 0. 0. 0. 0.  0. 0.  0. 0.  0.",
    "init random W1 b1 W2 b2": "17.88628473 4.36509851 0.96497468 -18.63492703 -2.77388203 -3.54758979  0. 0.  -0.82741481 -6.27000677  0.",
    "init he W1 b1 W2 b2": (
        "1.78862847 0.43650985 0.09649747 -1.8634927 -0.2773882 -0.35475898 -0.08274148 -0.62700068  0. 0. 0. 0."
        "  -0.03098412 -0.33744411 -0.92904268 0.62552248  0."
    ),
    "L2 cost, old": "1.78648594516",
    "L2 cost, new": "1.7864859451590758",
    "L2 dW1 dW2 dW3": (
        "-0.25604646 0.12298827 -0.28297129 -0.17706303 0.34536094 -0.4410571"
        "  0.79276486 0.85133918 -0.0957219 -0.01720463 -0.13100772 -0.03750433  -1.77691347 -0.11832879 -0.09397446"
    ),
    "dropout A3": "0.36974721 0.00305176 0.04565099 0.49683389 0.36974721",
    "dropout dA1 dA2": (
        "0.36544439 0. -0.00188233 0. -0.17408748 0.65515713 0. -0.00337459 0. -0."
        "  0.58180856 0. -0.00299679 0. -0.27715731 0. 0.53159854 -0. 0.53159854 -0.34089673 0. 0. -0.00292733 0. -0."
    ),
    "gradient check 1-D, old": "2.91933588329e-10",
    "gradient check 1-D, new": "2.919335883291695e-10",
    "gradient check 1-D of (3, 4)": "7.814075313343006e-11",
    "gradient check with two faults, old": "0.285093156781",
    "gradient check with two faults, new": "0.2850931567761623",
    "gradient check, faults fixed": "1.1890913024229996e-07",
    "gradient check, faults fixed, another copy": "1.1890913023330276e-07",
    "gd W1 b1 W2 b2": (
        "1.63535156 -0.62320365 -0.53718766 -1.07799357 0.85639907 -2.29470142  1.74604067 -0.75184921"
        "  0.32171798 -0.25467393 1.46902454 -2.05617317 -0.31554548 -0.3756023 1.1404819 -1.09976462 -0.1612551"
        "  -0.88020257 0.02561572 0.57539477"
    ),
    "mini-batches": "0.90085595 -0.7612069 0.2344157",
    "momentum W1 b1 W2 b2": (
        "1.62544598 -0.61290114 -0.52907334 -1.07347112 0.86450677 -2.30085497  1.74493465 -0.76027113"
        "  0.31930698 -0.24990073 1.4627996 -2.05974396 -0.32173003 -0.38320915 1.13444069 -1.0998786 -0.1713109"
        "  -0.87809283 0.04055394 0.58207317"
    ),
    "momentum v": _MOMENTUM_V,
    "Adam, old W1 b1 W2 b2": (
        "1.63178673 -0.61919778 -0.53561312 -1.08040999 0.85796626 -2.29409733  1.75225313 -0.75376553"
        "  0.32648046 -0.25681174 1.46954931 -2.05269934 -0.31497584 -0.37661299 1.14121081 -1.09245036 -0.16498684"
        "  -0.88529978 0.03477238 0.57537385"
    ),
    "Adam, old v": _MOMENTUM_V,
    "Adam, old s": (
        "0.00121136 0.00131039 0.00081287 0.0002525 0.00081154 0.00046748  1.51020075e-05 8.75664434e-04"
        "  7.17640232e-05 2.81276921e-04 4.78394595e-04 1.57413361e-04 4.72206320e-04 7.14372576e-04"
        " 4.50571368e-04 1.60392066e-07 1.24838242e-03  5.49507194e-05 2.75494327e-03 5.50629536e-04"
    ),
    "Adam, new W1 b1 W2 b2": (
        "1.63942428 -0.6268425 -0.54320974 -1.08782943 0.85036983 -2.2865723  1.75854357 -0.74616067"
        "  0.33356139 -0.26425199 1.47707772 -2.04538458 -0.30744933 -0.36903141 1.14873036 -1.09256871 -0.15734651"
        "  -0.89228024 0.02707193 0.56782561"
    ),
    "rates, update_lr": "0.16666666666666666 0.3333333333333333",
    "rates, schedule_lr_decay": "0.5 0.3846153846153846 0.25 0.5 0.085714285 0.24",
}
