"""readers.py FORMAT FILE [SCHEMA]: reads a report with a parser that others wrote; prints what it understood as JSON."""

import json
import sys
import xml.etree.ElementTree


def sarif(file, schema):
    import jsonschema

    log, schema = json.load(open(file)), json.load(open(schema))
    errors = [f"{list(error.absolute_path)}: {error.message}" for error in jsonschema.Draft4Validator(schema).iter_errors(log)]
    results = log["runs"][0]["results"]
    return {"errors": errors[:5], "results": len(results), "levels": [result["level"] for result in results],
            "hashes": [result["partialFingerprints"]["primaryLocationLineHash"] for result in results],
            "files": [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
                      for result in results if result["locations"]]}


def report(file, schema):
    import jsonschema

    report, schema = json.load(open(file)), json.load(open(schema))
    errors = [f"{list(error.absolute_path)}: {error.message}" for error in jsonschema.Draft202012Validator(schema).iter_errors(report)]
    return {"errors": errors[:5], "groups": len(report["groups"]), "processes": len(report["processes"])}


def junit(file):
    import junitparser

    xml.etree.ElementTree.parse(file)
    cases = [case for suite in junitparser.JUnitXml.fromfile(file) for case in suite]
    failed = [case for case in cases if any(isinstance(result, junitparser.Failure) for result in case.result)]
    return {"cases": len(cases), "failed": len(failed), "names": [f"{case.classname} {case.name}" for case in cases]}


def perfetto(file):
    trace = json.load(open(file))
    phases = {}
    for event in trace["traceEvents"]:
        assert isinstance(event["pid"], int) and isinstance(event["tid"], int) and event["ts"] >= 0, event
        assert isinstance(event["name"], str) and event["ph"] in "XMsfi", event
        assert event["ph"] != "X" or event["dur"] >= 0, event
        assert event["ph"] != "i" or event["s"] == "p", event
        phases[event["ph"]] = phases.get(event["ph"], 0) + 1
    starts = sorted(event["id"] for event in trace["traceEvents"] if event["ph"] == "s")
    assert starts == sorted(event["id"] for event in trace["traceEvents"] if event["ph"] == "f")
    return phases


def prom(file):
    from prometheus_client.parser import text_string_to_metric_families

    samples, seen = {}, set()
    for family in text_string_to_metric_families(open(file).read()):
        assert family.type in ("counter", "gauge") and family.documentation, family
        for sample in family.samples:
            key = (sample.name, *sorted(sample.labels.items()))
            assert key not in seen, key
            seen.add(key)
            samples[sample.name] = samples.get(sample.name, 0) + sample.value
    return samples


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:])))
