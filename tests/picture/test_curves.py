import numpy as np
import pytest

from explorer.picture import curves


def curve(count: int, seed: int = 0, gaps: bool = False) -> np.ndarray:
    draw = np.random.default_rng(seed)
    points = np.stack([np.arange(1.0, count + 1), draw.normal(size=count)], axis=1)
    if gaps:
        points[draw.random(count) < 0.3, 1] = np.nan
        points[count // 2 : count // 2 + 80, 1] = np.inf
    return points


def brute_columns(points: np.ndarray, first: float, last: float, count: int) -> list[list[float]]:
    """Column by column, point by point."""
    rows = []
    width = (last - first) / count
    for column in range(count):
        start, end = first + column * width, first + (column + 1) * width
        final = column == count - 1
        inside = [p for p in points if start <= p[0] and (p[0] < end or (final and p[0] <= last))]
        if not inside:
            continue
        good = [p[1] for p in inside if np.isfinite(p[1])]
        told = [min(good), max(good), sum(good) / len(good)] if good else [np.nan] * 3
        rows.append([(inside[0][0] + inside[-1][0]) / 2, *told])
    return rows


@pytest.mark.parametrize("gaps", [False, True])
def test_columns_match_brute_force(gaps: bool) -> None:
    points = curve(3000, gaps=gaps)
    made = curves.columns(points, 0, 3000, 128)
    wanted = np.array(brute_columns(points, 0, 3000, 128))
    got = np.stack([made.x, made.low, made.high, made.mean], axis=1)
    np.testing.assert_allclose(got, wanted, rtol=1e-12, atol=1e-12)
    assert np.isnan(wanted).any() == gaps


def test_columns_of_a_window_see_only_the_window() -> None:
    points = curve(1000)
    points[100, 1], points[800, 1] = 50, 99
    made = curves.columns(points, 50, 300, 40)
    assert made.high.max() == 50
    assert made.x.min() >= 50
    assert made.x.max() <= 300


def test_no_spike_is_lost_in_a_very_long_run() -> None:
    points = curve(400_000)
    points[123_456, 1] = 1000
    made = curves.columns(points, 0, 400_000, 600)
    assert len(made.x) <= 600
    assert made.high.max() == 1000
    assert curves.zigzag(made)[:, 1].max() == 1000


def test_few_points_are_kept_as_they_are() -> None:
    points = curve(17)
    made = curves.columns(points, 0, 17, 100)
    np.testing.assert_array_equal(np.stack([made.x, made.mean], axis=1), points)
    np.testing.assert_array_equal(curves.zigzag(made), points)


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_and_one_point(count: int) -> None:
    made = curves.columns(curve(count), 0, 10, 100)
    assert len(made.x) == count
    assert curves.zigzag(made).shape == (count, 2)
    assert len(curves.smooth(made.mean, 9)) == count


def test_zigzag_visits_low_and_high_of_every_column() -> None:
    made = curves.columns(curve(5000), 0, 5000, 50)
    line = curves.zigzag(made)
    assert np.all(np.diff(line[:, 0]) >= 0)
    for x, low, high in zip(made.x, made.low, made.high, strict=True):
        assert sorted(line[line[:, 0] == x, 1]) == [low, high]


@pytest.mark.parametrize("span", [2, 5, 31.5, 400, 1e6])
def test_smoothing_matches_its_definition(span: float) -> None:
    values = curves.finite(curve(1500, seed=3, gaps=True)[:, 1])
    decay = 1 - 2 / (span + 1)
    wanted, total, weight = [], 0.0, 0.0
    for value in values:
        total, weight = total * decay, weight * decay
        if not np.isnan(value):
            total, weight = total + value, weight + 1
        wanted.append(np.nan if np.isnan(value) else total / weight)
    np.testing.assert_allclose(curves.smooth(values, span), wanted, rtol=1e-9, atol=1e-12)


def test_smoothing_leaves_a_constant_alone() -> None:
    np.testing.assert_allclose(curves.smooth(np.full(300, 0.7), 40), 0.7, rtol=1e-12)


def test_smoothing_does_not_change_its_argument() -> None:
    values = curve(100)[:, 1]
    before = values.copy()
    curves.smooth(values, 1)[0] = 9
    curves.smooth(values, 10)
    np.testing.assert_array_equal(values, before)


def test_logarithm_keeps_gaps_and_clamps_zero() -> None:
    made = curves.logarithm(np.array([100.0, 0.0, -3.0, np.nan, np.inf]))
    np.testing.assert_allclose(made, [2, -8, -8, np.nan, np.nan])


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (0.021, 0.69, (0.02, 1)),
        (0.3, 0.31, (0.2, 0.5)),
        (1, 1, (1, 2)),
        (0.1, 1000, (0.1, 1000)),
        (5e-7, 3, (5e-7, 5)),
    ],
)
def test_log_range_is_round(low: float, high: float, wanted: tuple[float, float]) -> None:
    made = curves.log_range(np.log10(low), np.log10(high))
    np.testing.assert_allclose(10 ** np.array(made), wanted, rtol=1e-9)


def test_log_range_of_nothing() -> None:
    assert curves.log_range(np.nan, np.nan) == (0.0, 1.0)


def test_log_ticks_are_decades_or_one_two_five() -> None:
    assert [text for _, text in curves.log_ticks(-4, 0)] == ["10⁻⁴", "10⁻³", "0.01", "0.1", "1"]
    few = curves.log_ticks(np.log10(0.2), np.log10(2))
    assert [text for _, text in few] == ["0.2", "0.5", "1", "2"]
    np.testing.assert_allclose([10**value for value, _ in few], [0.2, 0.5, 1, 2])
    narrow = curves.log_ticks(np.log10(2), np.log10(5))
    assert [text for _, text in narrow] == ["2", "3", "4", "5"]


@pytest.mark.parametrize("count", [2, 4, 9, 30])
@pytest.mark.parametrize("low", [-8.0, -1.3, 0.0])
def test_log_ticks_fit(low: float, count: int) -> None:
    made = curves.log_ticks(low, 8, count)
    assert 1 <= len(made) <= count
    assert all(low <= exponent <= 8 for exponent, _ in made)


@pytest.mark.parametrize(
    ("low", "high", "wanted"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 2140, [0, 500, 1000, 1500, 2000]),
        (-0.6, 0.7, [-0.5, 0, 0.5]),
        (3, 3, [3]),
    ],
)
def test_linear_ticks_are_round(low: float, high: float, wanted: list[float]) -> None:
    np.testing.assert_allclose(curves.linear_ticks(low, high, 5), wanted, atol=1e-12)


def test_the_axis_grows_now_and_then() -> None:
    ends = [curves.room_for(last) for last in range(10, 5000)]
    assert all(last <= end <= last * 13 / 12 for last, end in enumerate(ends, 10))
    assert len(set(ends)) < 120
    assert curves.room_for(0) >= 10
