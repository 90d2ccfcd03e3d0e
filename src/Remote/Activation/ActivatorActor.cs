using Microsoft.Extensions.Logging;
using Proto;
using Wire = Proto.Remote;

namespace Remote;

/// <summary>Spawns registered kinds for other nodes. Survives whatever a kind's constructor does.</summary>
internal sealed class ActivatorActor(IReadOnlyDictionary<string, Props> kinds, ILogger log, SpawnStatus status) : IActor
{
    // An id ends up in the registry, in logs and on the wire.
    private const int MaxNameLength = 512;

    public Task ReceiveAsync(IContext context)
    {
        if (context.Message is Wire.ActorPidRequest request)
        {
            context.Respond(Spawn(context.System.Root, request));
        }

        return Task.CompletedTask;
    }

    /// <summary>Spawns root actors, not children: they outlive the activator and fail under the root's supervision.</summary>
    private Wire.ActorPidResponse Spawn(IRootContext root, Wire.ActorPidRequest request)
    {
        if (!kinds.TryGetValue(request.Kind, out var props))
        {
            var known = string.Join(", ", kinds.Keys.Order(StringComparer.Ordinal));
            return Refuse(request, $"no such kind is registered here; there are: {known}");
        }

        // Names that start with $ belong to the system.
        var name = request.Name;
        if (name.Length > MaxNameLength || name.StartsWith('$') || name.Any(char.IsControl))
        {
            return Refuse(
                request, $"a name has at most {MaxNameLength} characters, none of them a control character, and does not start with $");
        }

        try
        {
            var pid = name.Length == 0 ? root.Spawn(props) : root.SpawnNamed(props, name);
            return new Wire.ActorPidResponse { Pid = pid, StatusCode = SpawnStatus.Ok };
        }
        catch (ProcessNameExistException exception)
        {
            return new Wire.ActorPidResponse { Pid = exception.Pid, StatusCode = status.NameExists };
        }
        catch (Exception exception)
        {
            return Refuse(request, "it threw", exception);
        }
    }

    private Wire.ActorPidResponse Refuse(Wire.ActorPidRequest request, string detail, Exception? exception = null)
    {
        // A peer may ask for a kind with a name of megabytes.
        RemoteLog.SpawnFailed(log, request.Kind.Length <= MaxNameLength ? request.Kind : request.Kind[..MaxNameLength], detail, exception);
        return new Wire.ActorPidResponse { StatusCode = status.Error };
    }
}
