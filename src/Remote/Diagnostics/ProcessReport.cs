using System.Text;
using System.Text.Json;
using Remote.Actors;

namespace Remote;

/// <summary>The answer of <c>GetProcessDiagnostics</c> about one process, as JSON.</summary>
internal static class ProcessReport
{
    public static string Write(string id, IProcess process)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("id", id);
            switch (process)
            {
                case ActorProcess actor:
                    WriteActor(json, actor.Actor.Diagnose());
                    break;
                case EndpointProcess endpoint:
                    WriteEndpoint(json, endpoint.Endpoint);
                    break;
                default:
                    json.WriteString("kind", "process");
                    json.WriteString("type", process.GetType().Name);
                    json.WriteString("state", process.IsAlive ? "Alive" : "Stopped");
                    break;
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    private static void WriteActor(Utf8JsonWriter json, ProcessDiagnostics actor)
    {
        json.WriteString("kind", actor.Kind);
        json.WriteString("type", actor.Type);
        json.WriteString("state", actor.State);
        json.WriteNumber("userMessages", actor.UserMessages);
        json.WriteNumber("systemMessages", actor.SystemMessages);
        WritePids(json, "children", actor.Children);
        WritePids(json, "watchers", actor.Watchers);
        json.WriteNumber("restarts", actor.Restarts);
        if (actor.LastFailure is { } failure)
        {
            // Type and text only: a stack trace tells a stranger too much.
            json.WriteStartObject("lastFailure");
            json.WriteString("exception", failure.Exception.GetType().FullName);
            json.WriteString("message", failure.Exception.Message);
            json.WriteString("messageType", failure.MessageType?.FullName);
            json.WriteString("time", failure.Time);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("lastFailure");
        }
    }

    private static void WriteEndpoint(Utf8JsonWriter json, Endpoint endpoint)
    {
        var statistics = endpoint.Snapshot();
        json.WriteString("kind", "endpoint");
        json.WriteString("type", nameof(Endpoint));
        json.WriteString("state", endpoint.State.ToString());
        json.WriteString("peer", endpoint.PeerSystemId);
        json.WriteNumber("userMessages", statistics.QueueLength);
        json.WriteNumber("systemMessages", statistics.ControlQueueLength);
        json.WriteNumber("watches", endpoint.WatchCount);
    }

    private static void WritePids(Utf8JsonWriter json, string name, IReadOnlyCollection<PID> pids)
    {
        json.WriteStartArray(name);
        foreach (var pid in pids)
        {
            json.WriteStringValue(pid.ToString());
        }

        json.WriteEndArray();
    }
}
