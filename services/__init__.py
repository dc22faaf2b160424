"""The services.

Time zones come from the pinned ``tzdata`` package alone in every process that imports one: due instants must not depend
on the zone files of the host, nor on PYTHONTZPATH.
"""

import zoneinfo

zoneinfo.reset_tzpath(())
zoneinfo.ZoneInfo.clear_cache()
