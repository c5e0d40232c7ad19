"""Makes an account, a user and sensors of 15 minutes in an empty FlexMeasures, for PeerBenchmarks.

Prints the first sensor's id; the others follow it.
"""

import sys
from datetime import timedelta

from flexmeasures.app import create

app = create(env="production")
with app.app_context():
    from flexmeasures.data import db
    from flexmeasures.data.models.generic_assets import GenericAsset, GenericAssetType
    from flexmeasures.data.models.time_series import Sensor
    from flexmeasures.data.models.user import Account
    from flexmeasures.data.services.users import create_user

    account = Account(name="bench")
    db.session.add(account)
    db.session.flush()
    create_user(
        username="bench",
        email="bench@example.com",
        password="bench-pass-1",
        account_name="bench",
        user_roles=[{"name": "account-admin", "description": ""}],
        check_email_deliverability=False,
    )
    kind = GenericAssetType(name="bench site", description="")
    db.session.add(kind)
    db.session.flush()
    asset = GenericAsset(name="site", generic_asset_type_id=kind.id, account_id=account.id)
    db.session.add(asset)
    db.session.flush()
    sensors = [
        Sensor(
            name=f"bench {number:05}",
            generic_asset=asset,
            unit="kW",
            timezone="UTC",
            event_resolution=timedelta(minutes=15),
        )
        for number in range(int(sys.argv[1]))
    ]
    db.session.add_all(sensors)
    db.session.commit()
    ids = sorted(sensor.id for sensor in sensors)
    assert ids[-1] - ids[0] == len(ids) - 1, "the ids are in one row"
    print("first sensor:", ids[0])
