/// Requests to GET data and what reading them must give, in the form of `sensorDataMessageGolden`.
/// After `ok` stand the answer's start, duration and resolution, and the number of values. Recorded
/// from FlexMeasures 1.0.1, but for what it answers with 500.
let sensorDataQueryGolden = #"""
    # get-four-quarters
    ? {"start": "2026-03-02T00:00:00+01:00", "duration": "PT1H", "unit": "kW"}
    > ok 2026-03-02T00:00:00+01:00 PT1H PT15M 4

    # get-temp
    ? {"start": "2026-03-02T11:00:00+01:00", "duration": "PT10M", "unit": "°C"}
    > ok 2026-03-02T11:00:00+01:00 PT10M PT5M 2

    # get-temp-as-K
    ? {"start": "2026-03-02T11:00:00+01:00", "duration": "PT10M", "unit": "K"}
    > ok 2026-03-02T11:00:00+01:00 PT10M PT5M 2

    # get-unit-missing
    ? {"start": "2026-03-02T00:00:00+01:00", "duration": "PT1H"}
    > ! {"unit": ["Missing data for required field."]}

    # get-naive-start
    ? {"start": "2026-03-02T00:00:00", "duration": "PT1H", "unit": "kW"}
    > ! {"start": ["Not a valid aware datetime."]}

    # get-unknown-param
    ? {"start": "2026-03-02T00:00:00+01:00", "duration": "PT1H", "unit": "kW", "foo": "bar"}
    > ! {"foo": ["Unknown field."]}

    # get-body-params
    < {"start": "2026-03-02T00:00:00+01:00", "duration": "PT1H", "unit": "kW"}
    > ok 2026-03-02T00:00:00+01:00 PT1H PT15M 4

    # get-zero-duration
    ? {"start": "2026-03-02T00:00:00+01:00", "duration": "PT0M", "unit": "kW"}
    > ok 2026-03-02T00:00:00+01:00 PT0H PT15M 1

    # get-negative-duration
    ? {"start": "2026-03-02T00:00:00+01:00", "duration": "-PT1H", "unit": "kW"}
    > ok 2026-03-02T00:00:00+01:00 PT1H PT15M 0

    # get-month-duration
    ? {"start": "2026-01-01T00:00:00+01:00", "duration": "P1M", "unit": "EUR/MWh"}
    > ok 2026-01-01T00:00:00+01:00 PT0H PT1H 744

    # get-resolution-20min
    ? {"start": "2026-03-02T00:00:00+01:00", "duration": "PT1H", "unit": "kW", "resolution":
    "PT20M"}
    > ok 2026-03-02T00:00:00+01:00 PT1H PT20M 3

    # get-resolution-zero
    ? {"start": "2026-03-02T00:00:00+01:00", "duration": "PT1H", "unit": "kW", "resolution":
    "PT0H"}
    > ! {"resolution": ["FlexMeasures only supports a positive resolution, got: PT0H."]}

    # get-resolution-seconds
    ? {"start": "2026-03-02T00:00:00+01:00", "duration": "PT1H", "unit": "kW", "resolution":
    "PT30S"}
    > ! {"resolution": ["FlexMeasures only support multiples of 1 minute."]}

    # get-resolution-month
    ? {"start": "2026-03-02T00:00:00+01:00", "duration": "PT1H", "unit": "kW", "resolution":
    "P1M"}
    > ok 2026-03-02T00:00:00+01:00 PT1H P1M 1

    # get-instant-default-resolution-4h
    ? {"start": "2026-03-02T00:00:00+01:00", "duration": "PT4H", "unit": "m"}
    > ok 2026-03-02T00:00:00+01:00 PT4H PT0H 48

    # get-instant-12h
    ? {"start": "2026-03-02T00:00:00+01:00", "duration": "PT12H", "unit": "m"}
    > ok 2026-03-02T00:00:00+01:00 PT12H PT0H 48

    # get-instant-3d
    ? {"start": "2026-03-02T00:00:00+01:00", "duration": "P3D", "unit": "m"}
    > ok 2026-03-02T00:00:00+01:00 PT72H PT0H 72

    # get-instant-resolution-15min
    ? {"start": "2026-03-02T00:00:00+01:00", "duration": "PT2H", "unit": "m", "resolution":
    "PT15M"}
    > ok 2026-03-02T00:00:00+01:00 PT2H PT0H 8

    # get-instant-resolution-1h
    ? {"start": "2026-03-02T00:00:00+01:00", "duration": "PT4H", "unit": "m", "resolution":
    "PT1H"}
    > ok 2026-03-02T00:00:00+01:00 PT4H PT0H 4

    # get-instant-resolution-10min
    ? {"start": "2026-03-02T00:00:00+01:00", "duration": "PT2H", "unit": "m", "resolution":
    "PT10M"}
    > ok 2026-03-02T00:00:00+01:00 PT2H PT0H 12

    # get-instant-resolution-1min
    ? {"start": "2026-03-02T03:00:00+01:00", "duration": "PT6M", "unit": "m", "resolution":
    "PT1M"}
    > ok 2026-03-02T03:00:00+01:00 PT6M PT0H 6

    # get-instant-end-inclusive
    ? {"start": "2026-03-02T00:00:00+01:00", "duration": "PT1H", "unit": "m"}
    > ok 2026-03-02T00:00:00+01:00 PT1H PT0H 12

    # get-h-both-horizon-and-prior
    ? {"start": "2026-04-01T00:00:00+02:00", "duration": "PT30M", "unit": "kW", "horizon":
    "PT1H", "prior": "2026-03-31T20:00:00+02:00"}
    > ok 2026-04-01T00:00:00+02:00 PT30M PT15M 2

    # get-type-bad
    ? {"start": "2026-04-01T00:00:00+02:00", "duration": "PT30M", "unit": "kW", "type": "Foo"}
    > ! {"type": ["Must be one of: GetSensorDataRequest, GetMeterDataRequest,
    GetPrognosisRequest, GetPriceDataRequest."]}

    # get-horizon-garbage
    ? {"start": "2026-04-01T00:00:00+02:00", "duration": "PT30M", "unit": "kW", "horizon":
    "x"}
    > ! {"horizon": ["Cannot parse x as ISO8601 duration: Unable to parse duration string
    'x'"]}

    # get-horizon-nominal
    ? {"start": "2026-04-01T00:00:00+02:00", "duration": "PT30M", "unit": "kW", "horizon":
    "P1M"}
    > ! {"horizon": ["Only durations of a fixed length (no years or months) are supported,
    got: P1M."]}

    # get-src-by-id-garbage
    ? {"start": "2026-04-02T00:00:00+02:00", "duration": "PT30M", "unit": "kW", "source":
    "foo"}
    > ! {"source": ["Not a valid integer."]}

    # get-src-by-type-empty
    ? {"start": "2026-04-02T00:00:00+02:00", "duration": "PT30M", "unit": "kW", "source-type":
    ""}
    > ! {"source-type": ["Shorter than minimum length 1."]}

    # get-src-snake-case
    ? {"start": "2026-04-02T00:00:00+02:00", "duration": "PT30M", "unit": "kW", "source_type":
    "user", "source_account": 1}
    > ok 2026-04-02T00:00:00+02:00 PT30M PT15M 2

    # get-dst-autumn-day-resolution
    ? {"start": "2026-10-25T00:00:00+02:00", "duration": "P1D", "unit": "kW", "resolution":
    "P1D"}
    > ok 2026-10-25T00:00:00+02:00 PT24H PT24H 1

    # get-python-only-parameter-beliefs_before
    ? {"start": "2026-04-06T00:00:00+02:00", "duration": "PT15M", "unit": "kW",
    "beliefs_before": "PT0H"}
    > ! {"beliefs-before": ["Unknown field."]}

    # get-legacy-snake-start
    ? {"start_": "x", "start": "2026-04-06T00:00:00+02:00", "duration": "PT15M", "unit": "kW"}
    > ! {"start-": ["Unknown field."]}

    # get-duration-format P0DT1H0M0S
    ? {"start": "2026-01-01T00:00:00+01:00", "duration": "P0DT1H0M0S", "unit": "EUR/MWh",
    "resolution": "PT1H"}
    > ok 2026-01-01T00:00:00+01:00 PT1H PT1H 1

    # get-duration-format PT60M
    ? {"start": "2026-01-01T00:00:00+01:00", "duration": "PT60M", "unit": "EUR/MWh",
    "resolution": "PT1H"}
    > ok 2026-01-01T00:00:00+01:00 PT1H PT1H 1

    # get-duration-format PT1H0M
    ? {"start": "2026-01-01T00:00:00+01:00", "duration": "PT1H0M", "unit": "EUR/MWh",
    "resolution": "PT1H"}
    > ok 2026-01-01T00:00:00+01:00 PT1H PT1H 1

    # get-duration-format P0Y0M0DT1H
    ? {"start": "2026-01-01T00:00:00+01:00", "duration": "P0Y0M0DT1H", "unit": "EUR/MWh",
    "resolution": "PT1H"}
    > ok 2026-01-01T00:00:00+01:00 PT1H PT1H 1

    # get-duration-format PT0.25H
    ? {"start": "2026-01-01T00:00:00+01:00", "duration": "PT0.25H", "unit": "EUR/MWh",
    "resolution": "PT1H"}
    > ok 2026-01-01T00:00:00+01:00 PT15M PT1H 1

    # get-duration-format P1DT0H
    ? {"start": "2026-01-01T00:00:00+01:00", "duration": "P1DT0H", "unit": "EUR/MWh",
    "resolution": "PT1H"}
    > ok 2026-01-01T00:00:00+01:00 PT24H PT1H 24

    # get-duration-format P0.5D
    ? {"start": "2026-01-01T00:00:00+01:00", "duration": "P0.5D", "unit": "EUR/MWh",
    "resolution": "PT1H"}
    > ok 2026-01-01T00:00:00+01:00 PT12H PT1H 12

    # get-duration-format pt1h
    ? {"start": "2026-01-01T00:00:00+01:00", "duration": "pt1h", "unit": "EUR/MWh",
    "resolution": "PT1H"}
    > ! {"duration": ["Cannot parse pt1h as ISO8601 duration: Unable to parse duration string
    'pt1h'"]}

    # get-duration-format PT1H 
    ? {"start": "2026-01-01T00:00:00+01:00", "duration": "PT1H ", "unit": "EUR/MWh",
    "resolution": "PT1H"}
    > ! {"duration": ["Cannot parse PT1H  as ISO8601 duration: Unrecognised ISO 8601 date
    format: ''"]}

    # get-duration-format P1W
    ? {"start": "2026-01-01T00:00:00+01:00", "duration": "P1W", "unit": "EUR/MWh",
    "resolution": "PT1H"}
    > ok 2026-01-01T00:00:00+01:00 PT168H PT1H 168

    # get-duration-format PT3600S
    ? {"start": "2026-01-01T00:00:00+01:00", "duration": "PT3600S", "unit": "EUR/MWh",
    "resolution": "PT1H"}
    > ok 2026-01-01T00:00:00+01:00 PT1H PT1H 1

    # get-duration-format +PT1H
    ? {"start": "2026-01-01T00:00:00+01:00", "duration": "+PT1H", "unit": "EUR/MWh",
    "resolution": "PT1H"}
    > ok 2026-01-01T00:00:00+01:00 PT1H PT1H 1

    # get-duration-format P0001-00-00T00:00:00
    ? {"start": "2026-01-01T00:00:00+01:00", "duration": "P0001-00-00T00:00:00", "unit":
    "EUR/MWh", "resolution": "PT1H"}
    > ! {"duration": ["Only durations of a fixed length (no years or months) are supported,
    got: P0001-00-00T00:00:00."]}

    # get-duration-format P00DT01H
    ? {"start": "2026-01-01T00:00:00+01:00", "duration": "P00DT01H", "unit": "EUR/MWh",
    "resolution": "PT1H"}
    > ok 2026-01-01T00:00:00+01:00 PT1H PT1H 1

    # get-duration-format 1:00:00
    ? {"start": "2026-01-01T00:00:00+01:00", "duration": "1:00:00", "unit": "EUR/MWh",
    "resolution": "PT1H"}
    > ! {"duration": ["Cannot parse 1:00:00 as ISO8601 duration: Unable to parse duration
    string '1:00:00'"]}

    # get-datetime-format 2026-01-01T00:00+01:00
    ? {"start": "2026-01-01T00:00+01:00", "duration": "PT1H", "unit": "EUR/MWh"}
    > ok 2026-01-01T00:00:00+01:00 PT1H PT1H 1

    # get-datetime-format 2026-01-01T00:00:00+0100
    ? {"start": "2026-01-01T00:00:00+0100", "duration": "PT1H", "unit": "EUR/MWh"}
    > ok 2026-01-01T00:00:00+01:00 PT1H PT1H 1

    # get-datetime-format 2026-01-01T00:00:00+01
    ? {"start": "2026-01-01T00:00:00+01", "duration": "PT1H", "unit": "EUR/MWh"}
    > ok 2026-01-01T00:00:00+01:00 PT1H PT1H 1

    # get-datetime-format 20260101T000000+0100
    ? {"start": "20260101T000000+0100", "duration": "PT1H", "unit": "EUR/MWh"}
    > ok 2026-01-01T00:00:00+01:00 PT1H PT1H 1

    # get-datetime-format 2026-01-01 00:00:00+01:00
    ? {"start": "2026-01-01 00:00:00+01:00", "duration": "PT1H", "unit": "EUR/MWh"}
    > ok 2026-01-01T00:00:00+01:00 PT1H PT1H 1

    # get-datetime-format 2026-W01-4T00:00:00+01:00
    ? {"start": "2026-W01-4T00:00:00+01:00", "duration": "PT1H", "unit": "EUR/MWh"}
    > ok 2026-01-01T00:00:00+01:00 PT1H PT1H 1

    # get-datetime-format 2026-01-01T00:00:00.500+01:00
    ? {"start": "2026-01-01T00:00:00.500+01:00", "duration": "PT1H", "unit": "EUR/MWh"}
    > ok 2026-01-01T00:00:00+01:00 PT1H PT1H 1

    # get-datetime-format 2026-01-01T00:00:00.5+01:00
    ? {"start": "2026-01-01T00:00:00.5+01:00", "duration": "PT1H", "unit": "EUR/MWh"}
    > ok 2026-01-01T00:00:00+01:00 PT1H PT1H 1

    # get-datetime-format 2026-001T00:00:00+01:00
    ? {"start": "2026-001T00:00:00+01:00", "duration": "PT1H", "unit": "EUR/MWh"}
    > ! {"start": ["Not a valid datetime."]}

    # get-datetime-format Thu, 01 Jan 2026 00:00:00 +0100
    ? {"start": "Thu, 01 Jan 2026 00:00:00 +0100", "duration": "PT1H", "unit": "EUR/MWh"}
    > ! {"start": ["Not a valid datetime."]}

    # get-datetime-format 2026-1-1T00:00:00+01:00
    ? {"start": "2026-1-1T00:00:00+01:00", "duration": "PT1H", "unit": "EUR/MWh"}
    > ! {"start": ["Not a valid datetime."]}
    """#
