import json

import numpy as np
import pytest

from wellfit.diagnosis.finding import Finding, as_json, ordered
from wellfit.errors import SpecError


def test_a_finding_goes_to_json_whatever_its_numbers():
    finding = Finding("leak", "A leak", "fault", "One.", {"norms": np.array([1.0, np.nan]), 3: np.float32(0.5), "who": (np.str_("a"),)})
    found = json.loads(json.dumps(finding.to_dict(), allow_nan=False))
    assert found["numbers"] == {"norms": [1.0, None], "3": 0.5, "who": ["a"]}
    assert as_json({"rows": np.int64(3), "is": np.bool_(True), "what": object})["is"] is True


@pytest.mark.parametrize(("status", "severity", "said"), [("bad", 0.5, "status 'bad' is unknown"), ("fault", 1.5, "severity of 'x'")])
def test_a_finding_is_checked(status, severity, said):
    with pytest.raises(SpecError, match=said):
        Finding("x", "X", status, "", severity=severity)


def test_faults_come_first_and_the_gravest_of_them():
    given = [
        Finding("a", "", "not run", ""),
        Finding("b", "", "fine", "", severity=1.0),
        Finding("c", "", "fault", "", severity=0.2),
        Finding("d", "", "fault", "", severity=0.9),
        Finding("e", "", "fine", ""),
    ]
    assert [finding.name for finding in ordered(given)] == ["d", "c", "b", "e", "a"]
