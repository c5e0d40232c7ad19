#!/usr/bin/env python3
"""Uses a server through flexmeasures-client, as its users do: all methods of 0.9.6, and the posting
ones of 0.7.0, the last version that uses the older addresses of data.

    flexmeasures_client_walk.py PENSTOCK

Ends with 77 if the client cannot be had. Methods about jobs are called too; they are refused with a
documented answer as long as the server computes nothing.
"""

import asyncio
import logging
import os
import subprocess
import sys
import tempfile
import warnings

from stand import PASSWORD, Stand, environment

START, DAY = "2026-03-01T00:00:00+01:00", "2026-03-02T00:00:00+01:00"


async def refused(call, *words):
    """The call raises what the client makes of a refusal, saying the words."""
    try:
        answer = await call
    except Exception as error:  # The client raises errors of many kinds.
        text = f"{type(error).__name__}: {error}"
        assert any(word in text for word in words), text
        return
    raise AssertionError(f"not refused: {answer}")


async def walk_096(host):
    from flexmeasures_client import FlexMeasuresClient

    warnings.simplefilter("ignore", FutureWarning)
    client = FlexMeasuresClient(email="ada@example.com", password=PASSWORD, host=host, request_retry_interval=0.2)
    try:
        await client.get_access_token()
        versions = await client.get_versions()
        assert "v3_0" in versions["server_supports_api_versions"], versions
        assert versions["server_version"] == "1.0.1", versions
        await client.ensure_minimum_server_version("1.0.0", "test")

        types = {kind["name"]: kind["id"] for kind in await client.get_asset_types()}
        account = await client.get_account()
        assert (account["id"], account["name"]) == (2, "Household"), account
        user = await client.get_user()
        assert user["email"] == "ada@example.com" and user["account_id"] == 2, user

        asset = await walk_assets(client, types)
        sensor = await walk_sensors(client, asset)
        await walk_data(client, sensor)
        await walk_jobs(client, asset, sensor)

        await client.delete_sensor(sensor["id"], confirm_first=False)
        await refused(client.get_sensor(sensor["id"]), "403", "authorized")
        await client.delete_asset(asset["id"], confirm_first=False)
        await refused(client.get_asset(asset["id"]), "403", "authorized")

        # A token that the server does not know: the client logs in anew, and repeats.
        client.access_token = "not-a-token"
        assert (await client.get_account())["id"] == 2
    finally:
        await client.close()
    wrong = FlexMeasuresClient(email="ada@example.com", password="not this one", host=host)
    try:
        await refused(wrong.get_assets(), "password does not match")
    finally:
        await wrong.close()


async def walk_assets(client, types):
    site = await client.add_asset(
        name="house", account_id=2, latitude=52.37, longitude=4.9, generic_asset_type_id=types["building"],
        attributes={"roof": "flat"}, flex_context={"site-power-capacity": "20 kW"},
    )
    assert isinstance(site["id"], int) and site["account_id"] == 2, site
    battery = await client.add_asset(
        name="battery", account_id=2, latitude=52.37, longitude=4.9, generic_asset_type_id=types["battery"],
        parent_asset_id=site["id"], flex_model={"soc-max": "10 kWh"},
    )
    read = await client.get_asset(site["id"], parse_json_fields=True)
    assert read["attributes"] == {"roof": "flat"}, read
    assert read["flex_context"] == {"site-power-capacity": "20 kW"}, read
    assert [child["id"] for child in read["child_assets"]] == [battery["id"]], read
    assert isinstance((await client.get_asset(site["id"]))["attributes"], str)

    changed = await client.update_asset(
        site["id"], {"name": "villa", "attributes": {"roof": "tiles"}, "flex_context": {"relax-constraints": True}},
        parse_json_fields=True,
    )
    assert changed["name"] == "villa" and changed["attributes"] == {"roof": "tiles"}, changed
    listed = await client.get_assets(sort_by="name", sort_dir="desc", parse_json_fields=True)
    names = [asset["name"] for asset in listed]
    assert names == sorted(names, reverse=True) and {"villa", "battery"} <= set(names), names
    for options, expected in [
        ({"root": site["id"]}, {"villa", "battery"}), ({"root": site["id"], "depth": 0}, {"villa"}),
        ({"account_id": 2}, {"villa", "battery", "site 1", "site 2"}),
        ({"all_accessible": True, "include_public": True}, {"villa", "battery", "site 1", "site 2"}),
    ]:
        found = {asset["name"] for asset in await client.get_assets(**options)}
        assert found == expected, (options, found)
    part = await client.get_assets(root=site["id"], fields=["id", "name"])
    assert {"id": battery["id"], "name": "battery"} in part, part

    # Of others, and of nobody: alike.
    for number in (3, 999_999):
        await refused(client.get_asset(number), "403", "authorized")
        await refused(client.update_asset(number, {"name": "mine"}), "403", "authorized")
        await refused(client.delete_asset(number, confirm_first=False), "403", "authorized")
    await refused(client.update_asset(site["id"], {"latitude": 91.5}), "exceeds the maximum latitude")
    await client.delete_asset(battery["id"], confirm_first=False)
    return site


async def walk_sensors(client, asset):
    sensor = await client.add_sensor(
        name="production", event_resolution="PT15M", unit="kW", generic_asset_id=asset["id"],
        timezone="Europe/Amsterdam", attributes={"meter": 7},
    )
    assert sensor["event_resolution"] == "PT15M" and sensor["generic_asset_id"] == asset["id"], sensor
    assert sensor["entity_address"].endswith(f":fm1.{sensor['id']}"), sensor
    read = await client.get_sensor(sensor["id"], parse_json_fields=True)
    assert read["attributes"] == {"meter": 7} and read["unit"] == "kW", read
    found = await client.get_sensors(asset_id=asset["id"], parse_json_fields=True)
    assert [one["id"] for one in found] == [sensor["id"]], found
    assert {1, 2, sensor["id"]} <= {one["id"] for one in await client.get_sensors()}
    changed = await client.update_sensor(
        sensor["id"], {"name": "yield", "attributes": {"meter": 8}}, parse_json_fields=True
    )
    assert (changed["name"], changed["attributes"]) == ("yield", {"meter": 8}), changed
    await refused(client.add_sensor("x", "PT15M", "not a unit", asset["id"]), "unit")
    await refused(client.update_sensor(3, {"name": "mine"}), "403", "authorized")
    await refused(client.delete_sensor(3, confirm_first=False), "403", "authorized")
    return sensor


async def walk_data(client, sensor):
    number = sensor["id"]
    values = [0.5, 1, 2.25, None]
    answer, status = await client.post_sensor_data(
        number, start=START, duration="PT1H", values=values, unit="kW", prior=START
    )
    assert 200 <= status < 300, (answer, status)
    again, status = await client.post_sensor_data(
        number, start=START, duration="PT1H", values=values, unit="kW", prior=START
    )
    assert 200 <= status < 300, (again, status)
    data = await client.get_sensor_data(number, start=START, duration="PT1H", unit="kW", resolution="PT15M")
    assert data["values"] == values and data["unit"] == "kW", data
    assert set(data) == {"values", "start", "duration", "unit"}, data
    hourly = await client.get_sensor_data(number, start=START, duration="PT1H", unit="W", resolution="PT1H")
    assert hourly["values"] == [1250], hourly
    before = await client.get_sensor_data(
        number, start=START, duration="PT1H", unit="kW", resolution="PT15M", prior="2026-02-28T00:00:00+01:00"
    )
    assert before["values"] == [None] * 4, before
    await client.post_measurements(number, start=DAY, duration="PT30M", values=[3, 4], unit="kW")
    await refused(
        client.post_sensor_data(number, start=START, duration="PT1H", values=[1], unit="m/s", prior=START), "unit", "Unit"
    )
    await refused(
        client.post_sensor_data(number, start=START, duration="PT1H", values=[9, 9, 9, 9], unit="kW", prior=START),
        "replacement",
    )
    await refused(
        client.post_sensor_data(3, start=START, duration="PT1H", values=[1], unit="kW"), "403", "authorized"
    )
    await upload(client, number)
    await client.delete_sensor_data(number, confirm_first=False, start=START, until=DAY)
    data = await client.get_sensor_data(number, start=START, duration="P1DT30M", unit="kW", resolution="PT15M")
    assert data["values"] == [None] * 96 + [3, 4], data["values"]
    await client.delete_sensor_data(number, confirm_first=False)
    data = await client.get_sensor_data(number, start=DAY, duration="PT30M", unit="kW", resolution="PT15M")
    assert data["values"] == [None] * 2, data


async def upload(client, number):
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as file:
        file.write("event_start,event_value\n2026-03-01T06:00:00+01:00,7.5\n2026-03-01T06:15:00+01:00,8.5\n")
        file.flush()
        answer, status = await client.post_sensor_data(
            number, file_path=file.name, unit="kW", belief_time_measured_instantly=True
        )
    assert 200 <= status < 300, (answer, status)
    data = await client.get_sensor_data(
        number, start="2026-03-01T06:00:00+01:00", duration="PT30M", unit="kW", resolution="PT15M"
    )
    assert data["values"] == [7.5, 8.5], data


async def walk_jobs(client, asset, sensor):
    """Nothing is computed: no such endpoint, which the client calls a failed connection."""
    number, job = sensor["id"], "364bfd06-c1fa-430b-8d25-8f5a547651fb"
    model = client.create_storage_flex_model(
        soc_unit="kWh", soc_at_start=5, soc_targets=[], soc_min=0, soc_max=10,
    )
    for call in (
        client.trigger_schedule(start=START, duration="PT4H", sensor_id=number, flex_model=model, flex_context={}),
        client.trigger_schedule(
            start=START, duration="PT4H", asset_id=asset["id"], flex_model=[{**model, "sensor": number}],
            flex_context={},
        ),
        client.get_schedule(sensor_id=number, schedule_id=job, duration="PT4H"),
        client.trigger_forecast(number, start=START, end=DAY),
        client.get_forecast(number, job),
        client.get_job_status(job),
    ):
        await refused(call, "404", "405", "not found")


async def walk_070(host):
    from flexmeasures_client import FlexMeasuresClient

    client = FlexMeasuresClient(email="ada@example.com", password=PASSWORD, host=host)
    try:
        await client.get_access_token()
        assert (await client.get_account())["id"] == 2
        assert {sensor["id"] for sensor in await client.get_sensors()} >= {1, 2}
        await client.post_measurements(1, start=START, duration="PT1H", values=[1, 2, 3, 4], unit="kW")
        data = await client.get_sensor_data(1, start=START, duration="PT1H", unit="kW", resolution="PT15M")
        assert data["values"] == [1, 2, 3, 4], data
        await refused(
            client.post_measurements(3, start=START, duration="PT1H", values=[1], unit="kW"), "403", "authorized"
        )
    finally:
        await client.close()


WALKS = {"0.9.6": walk_096, "0.7.0": walk_070}


def main():
    if sys.argv[1] == "--walk":
        # Refusals that are wanted would be printed as errors.
        logging.disable(logging.ERROR)
        asyncio.run(WALKS[sys.argv[2]](sys.argv[3]))
        return 0
    # 0.7.0 needs packaging, and does not say so.
    pythons = {
        version: environment(f"flexmeasures-client-{version}", f"flexmeasures-client=={version}", "packaging")
        for version in WALKS
    }
    with Stand(sys.argv[1]) as stand:
        for version, python in pythons.items():
            host = f"127.0.0.1:{stand.port}"
            walk = [python, os.path.abspath(__file__), "--walk", version, host]
            if subprocess.run(walk).returncode != 0:
                print(f"flexmeasures-client {version} cannot do what it should")
                return 1
            print(f"the walk with flexmeasures-client {version} is done")
        assert "request failed" not in stand.printed(), stand.printed()
    return 0


if __name__ == "__main__":
    sys.exit(main())
