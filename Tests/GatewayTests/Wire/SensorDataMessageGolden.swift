/// Requests to POST data and what reading them must give, in blocks: `#` name and Content-Type
/// (JSON if not given), `?` query, `<` body, `>` outcome; long lines are broken at spaces. `ok`, or
/// `!` and the field errors. Recorded from FlexMeasures 1.0.1, but for what it answers with 500.
let sensorDataMessageGolden = #"""
    # post-four-quarters
    < {"values": [1, 2.5, 3, -4], "start": "2026-03-02T00:00:00+01:00", "duration": "PT1H",
    "unit": "kW", "prior": "2026-03-02T12:00:00+01:00"}
    > ok

    # post-scalar
    < {"values": 3.7, "start": "2026-03-02T01:00:00+01:00", "duration": "PT15M", "unit": "kW"}
    > ok

    # post-string-number
    < {"values": ["3.5"], "start": "2026-03-02T01:15:00+01:00", "duration": "PT15M", "unit":
    "kW"}
    > ok

    # post-scalar-string-number
    < {"values": "3.5", "start": "2026-03-02T01:30:00+01:00", "duration": "PT15M", "unit":
    "kW"}
    > ok

    # post-type-field
    < {"type": "PostSensorDataRequest", "values": [1], "start": "2026-03-02T01:45:00+01:00",
    "duration": "PT15M", "unit": "kW"}
    > ok

    # post-type-unknown
    < {"type": "Foo", "values": [1], "start": "2026-03-02T01:45:00+01:00", "duration":
    "PT15M", "unit": "kW"}
    > ! {"type": ["Must be one of: PostSensorDataRequest, PostMeterDataRequest,
    PostPrognosisRequest, PostPriceDataRequest, PostWeatherDataRequest."]}

    # post-unknown-field
    < {"foo": 1, "values": [1], "start": "2026-03-02T02:15:00+01:00", "duration": "PT15M",
    "unit": "kW"}
    > ! {"foo": ["Unknown field."]}

    # post-sensor-in-body-ignored
    < {"sensor": 99999, "values": [1], "start": "2026-03-02T02:45:00+01:00", "duration":
    "PT15M", "unit": "kW"}
    > ok

    # post-fields-in-query
    ? {"start": "2026-03-02T03:00:00+01:00", "duration": "PT15M"}
    < {"values": [7], "unit": "kW"}
    > ok

    # post-null-in-list
    < {"values": [1, null, 3, 4], "start": "2026-03-02T04:00:00+01:00", "duration": "PT1H",
    "unit": "kW"}
    > ok

    # post-scalar-null
    < {"values": null, "start": "2026-03-02T05:00:00+01:00", "duration": "PT15M", "unit":
    "kW"}
    > ! {"values": ["Field may not be null."]}

    # post-nan-string
    < {"values": [1, "NaN"], "start": "2026-03-02T05:00:00+01:00", "duration": "PT30M",
    "unit": "kW"}
    > ! {"values": {"1": ["Special numeric values (nan or infinity) are not permitted."]}}

    # post-bool-value
    < {"values": [true], "start": "2026-03-02T05:30:00+01:00", "duration": "PT15M", "unit":
    "kW"}
    > ! {"values": {"0": ["Not a valid number."]}}

    # post-empty-list
    < {"values": [], "start": "2026-03-02T05:30:00+01:00", "duration": "PT15M", "unit": "kW"}
    > ! {"values": ["Shorter than minimum length 1."]}

    # post-missing-values
    < {"start": "2026-03-02T06:00:00+01:00", "duration": "PT15M", "unit": "kW"}
    > ! {"values": ["Missing data for required field."]}

    # post-missing-start
    < {"values": [1], "duration": "PT15M", "unit": "kW"}
    > ! {"start": ["Missing data for required field."]}

    # post-missing-duration
    < {"values": [1], "start": "2026-03-02T06:00:00+01:00", "unit": "kW"}
    > ! {"duration": ["Missing data for required field."]}

    # post-missing-unit
    < {"values": [1], "start": "2026-03-02T06:00:00+01:00", "duration": "PT15M"}
    > ! {"unit": ["Missing data for required field."]}

    # post-empty-body
    < {}
    > ! {"duration": ["Missing data for required field."], "start": ["Missing data for
    required field."], "unit": ["Missing data for required field."]}

    # post-no-body
    > ! {"duration": ["Missing data for required field."], "start": ["Missing data for
    required field."], "unit": ["Missing data for required field."]}

    # post-list-of-messages
    < [{"values": [1], "start": "2026-03-02T06:00:00+01:00", "duration": "PT15M", "unit":
    "kW"}, {"values": [1], "start": "2026-03-02T06:00:00+01:00", "duration": "PT15M", "unit":
    "kW"}]
    > ! {"_schema": ["Invalid input type."]}

    # post-malformed-json
    < {
    > ! {"duration": ["Missing data for required field."], "start": ["Missing data for
    required field."], "unit": ["Missing data for required field."]}

    # post-form-encoded [application/x-www-form-urlencoded]
    < values=1
    > ! {"duration": ["Missing data for required field."], "start": ["Missing data for
    required field."], "unit": ["Missing data for required field."]}

    # post-naive-start
    < {"values": [1], "start": "2026-03-02T06:00:00", "duration": "PT15M", "unit": "kW"}
    > ! {"start": ["Not a valid aware datetime."]}

    # post-start-space-for-plus
    < {"values": [1], "start": "2026-03-02T06:00:00 01:00", "duration": "PT15M", "unit": "kW"}
    > ok

    # post-start-Z
    < {"values": [1], "start": "2026-03-02T05:15:00Z", "duration": "PT15M", "unit": "kW"}
    > ok

    # post-start-garbage
    < {"values": [1], "start": "yesterday", "duration": "PT15M", "unit": "kW"}
    > ! {"start": ["Not a valid datetime."]}

    # post-start-date-only
    < {"values": [1], "start": "2026-03-02", "duration": "PT15M", "unit": "kW"}
    > ! {"start": ["Not a valid aware datetime."]}

    # post-start-int
    < {"values": [1], "start": 1772424000, "duration": "PT15M", "unit": "kW"}
    > ! {"start": ["Not a valid datetime."]}

    # post-start-bad-offset
    < {"values": [1], "start": "2026-03-02T06:00:00+25:00", "duration": "PT15M", "unit": "kW"}
    > ! {"start": ["Not a valid datetime."]}

    # post-start-named-timezone
    < {"values": [1], "start": "2026-03-02T06:00:00[Europe/Amsterdam]", "duration": "PT15M",
    "unit": "kW"}
    > ! {"start": ["Not a valid datetime."]}

    # post-duration-seconds
    < {"values": [1], "start": "2026-03-02T06:00:00+01:00", "duration": "PT30S", "unit": "kW"}
    > ! {"duration": ["FlexMeasures only support multiples of 1 minute."]}

    # post-duration-sub-minute-mixed
    < {"values": [1], "start": "2026-03-02T06:00:00+01:00", "duration": "PT15M30S", "unit":
    "kW"}
    > ! {"duration": ["FlexMeasures only support multiples of 1 minute."]}

    # post-duration-month
    < {"values": [1], "start": "2026-03-02T06:00:00+01:00", "duration": "P1M", "unit": "kW"}
    > ! {"duration": ["Only durations of a fixed length (no years or months) are supported,
    got: P1M."]}

    # post-duration-int
    < {"values": [1], "start": "2026-03-02T06:00:00+01:00", "duration": 15, "unit": "kW"}
    > ! {"duration": ["Not a valid string."]}

    # post-unit-empty
    < {"values": [1], "start": "2026-03-02T06:00:00+01:00", "duration": "PT15M", "unit": ""}
    > ok

    # post-unit-null
    < {"values": [1], "start": "2026-03-02T06:00:00+01:00", "duration": "PT15M", "unit": null}
    > ! {"unit": ["Field may not be null."]}

    # post-prior-naive
    < {"values": [1], "start": "2026-03-02T06:00:00+01:00", "duration": "PT15M", "unit": "kW",
    "prior": "2026-03-02T06:00:00"}
    > ! {"prior": ["Not a valid aware datetime."]}

    # post-upsample-hour-to-quarters
    < {"values": [8], "start": "2026-03-02T07:00:00+01:00", "duration": "PT1H", "unit": "kW"}
    > ok

    # post-one-value-per-day
    < {"values": [2], "start": "2026-03-03T00:00:00+01:00", "duration": "P1D", "unit": "kW"}
    > ok

    # post-instant-single
    < {"values": [1.5], "start": "2026-03-02T00:00:00+01:00", "duration": "PT0M", "unit": "m"}
    > ok

    # post-instant-scalar
    < {"values": 1.6, "start": "2026-03-02T00:10:00+01:00", "duration": "PT0H", "unit": "m"}
    > ok

    # post-horizon-minus-PT1H
    < {"start": "2026-04-01T00:00:00+02:00", "duration": "PT30M", "unit": "kW", "values": [12,
    13], "horizon": "-PT1H"}
    > ok

    # post-horizon-and-prior-both
    < {"start": "2026-04-01T02:00:00+02:00", "duration": "PT30M", "unit": "kW", "values": [1,
    2], "horizon": "PT1H", "prior": "2026-03-31T00:00:00+02:00"}
    > ok

    # post-prior-null
    < {"start": "2026-04-06T00:15:00+02:00", "duration": "PT15M", "unit": "kW", "values": [1],
    "prior": null}
    > ! {"prior": ["Field may not be null."]}

    # post-horizon-null
    < {"start": "2026-04-06T00:15:00+02:00", "duration": "PT15M", "unit": "kW", "values": [1],
    "horizon": null}
    > ! {"horizon": ["Field may not be null."]}

    # post-microsecond-prior
    < {"start": "2026-04-06T00:30:00+02:00", "duration": "PT15M", "unit": "kW", "values": [1],
    "prior": "2026-04-06T02:00:00.123456+02:00"}
    > ok

    # post-second-precision-start
    < {"start": "2026-04-06T00:45:30+02:00", "duration": "PT15M", "unit": "kW", "values": [1]}
    > ok

    # post-vendor-json-content-type [application/vnd.api+json]
    < {"values":[1],"start":"2026-04-08T00:15:00+02:00","duration":"PT15M","unit":"kW"}
    > ok
    """#
