using System.Globalization;
using System.Text;
using Proto;
using Proto.Remote;
using JsonSerializer = System.Text.Json.JsonSerializer;

namespace Remote.LoadTest;

/// <summary>The node of a part: an actor system with remoting, and the dead letters of numbered messages counted.</summary>
internal sealed class PartNode : IAsyncDisposable
{
    private static readonly TimeSpan SettleInterval = TimeSpan.FromMilliseconds(20);

    private long _deadLetters;
    private string? _firstDeadLetter;

    private PartNode(ActorSystem system) => System = system;

    public ActorSystem System { get; }

    public ReliableRemote Remote => System.ReliableRemote();

    /// <summary>Numbered messages that came to nothing here.</summary>
    public long DeadLetters => Interlocked.Read(ref _deadLetters);

    /// <summary>The first of them, for people.</summary>
    public string? FirstDeadLetter => Volatile.Read(ref _firstDeadLetter);

    /// <summary>Hears of each of them.</summary>
    public Action<Numbered>? OnDeadLetter { get; set; }

    public static async Task<PartNode> StartAsync(Action<RemoteOptions> configure)
    {
        var config = RemoteConfig.BindToLocalhost().WithProtoMessages(LoadtestReflection.Descriptor);
        var node = new PartNode(new ActorSystem().WithRemote(config, configure));
        node.System.EventStream.Subscribe<DeadLetterEvent>(node.Count);
        await node.Remote.StartAsync();
        return node;
    }

    /// <summary>Waits until the peer has acknowledged everything, so that nothing more can arrive there.</summary>
    /// <returns><see langword="false"/> when it did not come to that in time.</returns>
    public async Task<bool> SettleAsync(string address, CancellationToken timeout)
    {
        while (Remote.GetEndpointStatistics(address) is { } statistics
            && (statistics.QueueLength > 0 || statistics.Retained > 0 || statistics.Waiters > 0))
        {
            if (timeout.IsCancellationRequested)
            {
                return false;
            }

            await Task.Delay(SettleInterval, CancellationToken.None);
        }

        return true;
    }

    /// <summary>All endpoints with every figure that says where messages are.</summary>
    public string Describe()
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"{Remote.Address}: {DeadLetters} dead letters ({FirstDeadLetter ?? "none"})"));
        foreach (var endpoint in Remote.GetEndpoints())
        {
            text.AppendLine().Append("  ").Append(JsonSerializer.Serialize(endpoint));
        }

        return text.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await Remote.ShutdownAsync();
        await System.DisposeAsync();
    }

    private void Count(DeadLetterEvent letter)
    {
        if (letter.Message is Numbered numbered)
        {
            Interlocked.CompareExchange(ref _firstDeadLetter, $"{numbered.Number}: {letter}", null);
            OnDeadLetter?.Invoke(numbered);
            Interlocked.Increment(ref _deadLetters);
        }
    }
}
