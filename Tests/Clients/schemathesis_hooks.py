"""Keeps schemathesis' requests to objects that are there, and from those that the run needs."""

import schemathesis

# Users 4 to 7 may be changed by it, and what it has made itself may be deleted.
SPARE = (4, 7)
OWN = (20, 60)


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if not path_parameters:
        return path_parameters
    operation = getattr(context, "operation", None)
    path = operation.path if operation else ""
    method = operation.method.upper() if operation else ""
    for name, value in path_parameters.items():
        if not isinstance(value, int) or isinstance(value, bool):
            continue
        if "/users/{id}" in path and method != "GET":
            low, high = SPARE
        elif method == "DELETE":
            low, high = OWN
        elif value > 1_000:
            # Mostly what is there; small numbers and wrong ones stay as they are.
            low, high = 1, 3
        else:
            continue
        path_parameters[name] = low + value % (high - low + 1)
    return path_parameters
