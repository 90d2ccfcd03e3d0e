using Google.Protobuf.WellKnownTypes;
using Proto;

namespace Remote.Tests.Fuzz;

/// <summary>A node that goes on sending numbered messages to one whose other peers send anything.</summary>
internal sealed class HealthyPeer : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly TestNode _node;
    private readonly PID _target;
    private readonly CancellationTokenSource _enough = new();
    private readonly Task<int> _sending;

    private HealthyPeer(TestNode node, PID target)
    {
        (_node, _target) = (node, target);
        _sending = Task.Run(SendAsync);
    }

    public static async Task<HealthyPeer> StartAsync(string address) => new(await TestNode.StartAsync(), new PID(address, FuzzNode.Healthy));

    /// <summary>Sends no more, and waits until everything is acknowledged.</summary>
    /// <returns>How many messages were sent.</returns>
    public async Task<int> FinishAsync()
    {
        await _enough.CancelAsync();
        var sent = await _sending.Within("the healthy peer's last message");
        await WaitAsync(() => _node.Remote.GetEndpointStatistics(_target.Address)?.Acknowledged == sent, $"{sent} acknowledgements");
        Assert.Empty(_node.Events.Of<EndpointReconnecting>());
        return sent;
    }

    public async ValueTask DisposeAsync()
    {
        await _enough.CancelAsync();
        await _node.DisposeAsync();
        _enough.Dispose();
    }

    private static async Task WaitAsync(Func<bool> isTrue, string what)
    {
        // Numbers that no event tells of.
        using var ceiling = new CancellationTokenSource(TestTime.Ceiling);
        while (!isTrue())
        {
            Assert.False(ceiling.IsCancellationRequested, $"Not within {TestTime.Ceiling}: {what}");
            await Task.Delay(Pause);
        }
    }

    private async Task<int> SendAsync()
    {
        var sent = 0;
        while (!_enough.IsCancellationRequested)
        {
            for (var i = 0; i < 20; i++)
            {
                await _node.Root.SendAsync(_target, new Int32Value { Value = sent++ });
            }

            await Task.Delay(Pause);
        }

        return sent;
    }
}
