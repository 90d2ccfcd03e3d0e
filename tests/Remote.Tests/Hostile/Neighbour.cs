using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Proto;

namespace Remote.Tests;

/// <summary>A healthy node that sends numbers to another one without a pause while that has other visitors.</summary>
internal sealed class Neighbour : IAsyncDisposable
{
    // It must not take the machine from whoever is tested beside it.
    private const int PerTurn = 50;

    private readonly TestNode _node;
    private readonly PID _target;
    private readonly CancellationTokenSource _enough = new();
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeSpan _pause;
    private Task<int> _sending = Task.FromResult(0);
    private int _expected = int.MaxValue;
    private int _received;
    private string? _fault;
    private int _reconnects;

    private Neighbour(TestNode node, PID target, TimeSpan pause) => (_node, _target, _pause) = (node, target, pause);

    /// <summary>How many messages have arrived so far.</summary>
    public int Received => Volatile.Read(ref _received);

    /// <param name="visited">The node that it sends to.</param>
    /// <param name="pause">Between two handfuls of messages; a millisecond if left out.</param>
    public static async Task<Neighbour> StartAsync(TestNode visited, TimeSpan? pause = null)
    {
        var node = await TestNode.StartAsync(options => options.Endpoint.QueueCapacity = 10_000);
        var neighbour = new Neighbour(node, visited.Pid("neighbour"), pause ?? TimeSpan.FromMilliseconds(1));
        visited.Root.SpawnNamed(Props.FromFunc(neighbour.ReceiveAsync), "neighbour");
        await node.Root.RequestAsync<StringValue>(neighbour._target, new StringValue(), TestTime.Ceiling);
        neighbour._reconnects = node.Events.Of<EndpointReconnecting>().Count;
        neighbour._sending = Task.Run(neighbour.SendAsync);
        return neighbour;
    }

    /// <summary>Waits until so many more messages have arrived.</summary>
    public async Task DeliversAsync(int messages)
    {
        for (var until = Received + messages; Received < until;)
        {
            Assert.False(_sending.IsFaulted, _sending.Exception?.ToString());
            await Task.Delay(1);
        }
    }

    /// <summary>Fails when anything was lost, doubled or reordered, or the two were ever disconnected.</summary>
    public async Task FinishAsync()
    {
        await _enough.CancelAsync();
        var sent = await _sending.Within("the last send");
        Volatile.Write(ref _expected, sent);
        await _node.Root.SendAsync(_target, new StringValue()).AsTask().Within("the last message");
        await _all.Task.Within(string.Create(CultureInfo.InvariantCulture, $"all of {sent} messages, of which {Received} came"));
        Assert.Null(_fault);
        Assert.True(sent > 10, $"Only {sent} messages were sent.");
        Assert.Equal(_reconnects, (await _node.PublishedAsync<EndpointReconnecting>()).Count);
        Assert.Empty(await _node.PublishedAsync<EndpointTerminated>());
    }

    public async ValueTask DisposeAsync()
    {
        await _enough.CancelAsync();
        await _sending.Within("the last send");
        await _node.DisposeAsync();
        _enough.Dispose();
    }

    private async Task<int> SendAsync()
    {
        var sent = 0;
        while (!_enough.IsCancellationRequested)
        {
            await _node.Root.SendAsync(_target, new Int32Value { Value = sent });
            sent++;
            if (sent % PerTurn == 0 && _pause > TimeSpan.Zero)
            {
                await Task.Delay(_pause);
            }
        }

        return sent;
    }

    private Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case Int32Value number when number.Value == _received:
                Volatile.Write(ref _received, _received + 1);
                break;
            case Int32Value number:
                _fault ??= string.Create(CultureInfo.InvariantCulture, $"{number.Value} came where {_received} was due.");
                break;
            case StringValue when context.Sender is not null:
                context.Respond(new StringValue());
                break;
            case StringValue when _received == Volatile.Read(ref _expected):
                _all.TrySetResult();
                break;
        }

        return Task.CompletedTask;
    }
}
