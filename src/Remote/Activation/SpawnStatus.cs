using Proto;

namespace Remote;

/// <summary>
/// The status codes of a spawn answer. Proto.Actor for .NET and for Go use different numbers; the id of the activator that was asked tells
/// which are expected.
/// </summary>
internal sealed record SpawnStatus(string ActivatorId, int NameExists, int Error)
{
    public const int Ok = 0;

    public static SpawnStatus DotNet { get; } = new("$activator", NameExists: 1, Error: 2);

    public static SpawnStatus Go { get; } = new("activator", NameExists: 3, Error: 4);

    public static bool IsActivator(PID pid) => pid.Id == DotNet.ActivatorId || pid.Id == Go.ActivatorId;
}
