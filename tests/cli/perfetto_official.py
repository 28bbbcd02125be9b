"""Reads a Perfetto trace with the official protobuf classes (pip install perfetto), and prints it as JSON.

    perfetto_official.py FILE

{"tracks": {uuid: {...}}, "events": [...]}, with interned strings put in place. Any field that the classes do not
know, and any number that stands for no string, is an error.
"""
import json
import sys
from typing import Any

from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import DebugAnnotation, Trace, TrackEvent


def check_known(message: Message, path: str = "trace") -> None:
    unknown = [field.field_number for field in UnknownFieldSet(message)]
    if unknown:
        raise SystemExit(f"{path} has fields that Perfetto does not know: {unknown}")
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for part in value if field.is_repeated else [value]:
            check_known(part, f"{path}.{field.name}")


class Strings:
    """What was interned so far in the only sequence."""

    def __init__(self) -> None:
        self.categories: dict[int, str] = {}
        self.names: dict[int, str] = {}
        self.annotation_names: dict[int, str] = {}
        self.annotation_values: dict[int, str] = {}

    def add(self, data: Any) -> None:
        for table, entries in ((self.categories, data.event_categories), (self.names, data.event_names),
                               (self.annotation_names, data.debug_annotation_names)):
            table.update({entry.iid: entry.name for entry in entries})
        self.annotation_values.update({entry.iid: entry.str.decode() for entry in data.debug_annotation_string_values})

    def annotation(self, annotation: DebugAnnotation) -> tuple[str, Any]:
        name = annotation.name or self.annotation_names[annotation.name_iid]
        kind = annotation.WhichOneof("value")
        value = getattr(annotation, kind)
        return name, self.annotation_values[value] if kind == "string_value_iid" else value


def event_of(packet: Any, strings: Strings) -> dict[str, Any]:
    event = packet.track_event
    found = {"at": packet.timestamp, "type": TrackEvent.Type.Name(event.type), "track": event.track_uuid,
             "flows": list(event.flow_ids), "terminating": list(event.terminating_flow_ids),
             "args": dict(map(strings.annotation, event.debug_annotations))}
    if event.category_iids:
        found["category"], found["name"] = strings.categories[event.category_iids[0]], strings.names[event.name_iid]
    if event.WhichOneof("counter_value_field"):
        found["count"] = getattr(event, event.WhichOneof("counter_value_field"))
    return found


def main() -> None:
    trace = Trace()
    with open(sys.argv[1], "rb") as file:
        trace.ParseFromString(file.read())
    check_known(trace)
    strings = Strings()
    tracks: dict[int, Any] = {}
    events = []
    for packet in trace.packet:
        assert packet.trusted_packet_sequence_id == 1
        if packet.HasField("interned_data"):
            strings.add(packet.interned_data)
        if packet.HasField("track_descriptor"):
            track = packet.track_descriptor
            tracks[track.uuid] = {"name": track.thread.thread_name or track.process.process_name or track.name,
                                  "parent": track.parent_uuid, "pid": track.process.pid or track.thread.pid,
                                  "tid": track.thread.tid, "unit": track.counter.unit_name}
        if packet.HasField("track_event"):
            assert packet.HasField("timestamp")
            events.append(event_of(packet, strings))
    json.dump({"tracks": tracks, "events": events}, sys.stdout)


if __name__ == "__main__":
    main()
