using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>One sender of a schedule: what it sends, to whom and how, follows from the seed.</summary>
internal sealed class FaultSender
{
    private readonly FaultSchedule _schedule;
    private readonly Random _random;
    private readonly (PID Target, MessageFlow Flow)[] _targets;

    public FaultSender(FaultSchedule schedule, int number, FaultPeer[] peers, MessageLedger ledger)
    {
        _schedule = schedule;
        _random = FaultSchedule.RandomOf(schedule.Seed, number + 1);
        var name = string.Create(CultureInfo.InvariantCulture, $"sender{number}");
        _targets =
        [
            .. peers.SelectMany(peer => Enumerable.Range(0, schedule.Targets).Select(peer.Target))
                .Select(target => (target, ledger.Open(name, target.ToString()))),
        ];
    }

    /// <summary>Sends a burst.</summary>
    public async Task SendAsync(IRootContext root, int burst, FaultProgress progress, StatisticsSampler sampler)
    {
        for (var i = 0; i < burst; i++)
        {
            var (target, flow) = _targets[_random.Next(_targets.Length)];
            var message = Message(flow.Next());
            if (_random.Next(100) < _schedule.AsyncShare)
            {
                await SendAsync(root, target, message, progress);
            }
            else
            {
                root.Send(target, message);
                progress.Offer();
            }

            sampler.Signal();
        }

        progress.Pause();
    }

    private static async Task SendAsync(IRootContext root, PID target, object message, FaultProgress progress)
    {
        try
        {
            var sending = root.SendAsync(target, message);
            var waits = !sending.IsCompleted;
            progress.Offer();
            if (waits)
            {
                progress.Pause();
            }

            try
            {
                await sending;
            }
            finally
            {
                if (waits)
                {
                    progress.Continue();
                }
            }
        }
        catch (RemoteException)
        {
            // Refused: a dead letter says so, and the ledger counts it.
        }
    }

    private object Message(long stamp) => _random.Next(100) switch
    {
        0 => new FaultPeer.Unserializable(stamp),
        1 => new BytesValue { Value = FaultPeer.Payload(stamp, FaultSchedule.MaxMessageBytes) },
        < 7 => new BytesValue { Value = FaultPeer.Payload(stamp, _random.Next(10_000)) },
        _ => new BytesValue { Value = FaultPeer.Payload(stamp, _random.Next(200)) },
    };
}
