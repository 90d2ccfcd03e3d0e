using System.Diagnostics;
using System.Globalization;
using Proto;
using Proto.Cluster;

namespace Remote.ClusterNode;

/// <summary>
/// A virtual actor that says when it begins and when it ends, on the clock that all processes of a machine share, so that whoever reads can
/// tell whether an identity ran twice at a time.
/// </summary>
internal sealed class CounterActor(Announcer announcer) : IActor
{
    public const string Kind = "counter";

    private readonly string _activation = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
    private string _identity = "";
    private long _count;

    /// <summary>Nanoseconds of the machine's monotonic clock.</summary>
    public static long Now => Stopwatch.GetTimestamp() * (1_000_000_000 / Stopwatch.Frequency);

    public Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case Started:
                _identity = context.ClusterIdentity()!.Identity;
                announcer.Say("activated", ("identity", _identity), ("activation", _activation), ("at", Now));
                break;
            case Ask:
                context.Respond(new Counted { Activation = _activation, Member = context.System.Id, Count = ++_count });
                break;
            case Stopped:
                announcer.Say("deactivated", ("identity", _identity), ("activation", _activation), ("at", Now));
                break;
        }

        return Task.CompletedTask;
    }
}
