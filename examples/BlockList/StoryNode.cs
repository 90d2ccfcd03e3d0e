using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Remote;
using Remote.Actors;

namespace Blocking;

/// <summary>A node of the story: it answers, asks others, and says what happens to it.</summary>
internal sealed class StoryNode : IAsyncDisposable
{
    private const string Answerer = "answerer";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly Timeline _timeline;
    private readonly ActorSystem _system = new();
    private readonly Channel<object> _events = Channel.CreateUnbounded<object>();
    private RemoteHost _remote = null!;

    private StoryNode(string name, Timeline timeline) => (Name, _timeline) = (name, timeline);

    public string Name { get; }

    public string Address => _remote.Address;

    public string SystemId => _system.Id;

    public Remote.BlockList BlockList => _remote.BlockList;

    public static async Task<StoryNode> StartAsync(string name, Timeline timeline)
    {
        var node = new StoryNode(name, timeline);

        // What every application would do that wants to know: the event stream has all of it.
        node._system.EventStream.Subscribe<EndpointBlocked>(fact => node.Happened(
            fact,
            fact.By == BlockedBy.Peer ? $"EndpointBlocked: {fact.Reason}" : $"EndpointBlocked: {fact.Address ?? fact.SystemId}, because it {fact.Reason}"));
        node._system.EventStream.Subscribe<EndpointUnblocked>(fact => node.Happened(fact, $"EndpointUnblocked: {fact.Address ?? fact.SystemId}"));
        node._system.EventStream.Subscribe<EndpointTerminated>(fact => node.Happened(fact, $"EndpointTerminated: {fact.Address}, {fact.Reason}"));

        // A short rest, so that the story goes on soon after a node was told to stay away.
        var options = new RemoteOptions { QuarantineDuration = TimeSpan.FromMilliseconds(200) };
        node._remote = await RemoteHost.StartAsync(node._system, options, setup => setup.AddWellKnownMessages());
        node._system.Root.SpawnNamed(Props.FromFunction(AnswerAsync), Answerer);
        timeline.Say(name, $"listens on {node.Address}, incarnation {node.SystemId}");
        return node;
    }

    /// <summary>Sends a request and returns why it was not delivered; <see langword="null"/> when it was answered.</summary>
    public async Task<DeadLetterReason?> AskAsync(StoryNode other)
    {
        try
        {
            await _system.Root.RequestAsync<StringValue>(new PID(other.Address, Answerer), new StringValue { Value = Name }, Limit);
            return null;
        }
        catch (DeadLetterException exception)
        {
            return exception.Reason;
        }
    }

    /// <summary>Several requests that must all end the same way.</summary>
    public async Task ExpectAsync(StoryNode other, int requests, DeadLetterReason? outcome)
    {
        for (var i = 0; i < requests; i++)
        {
            var seen = await AskAsync(other);
            if (seen != outcome)
            {
                throw new UnexpectedException($"{Name} asked {other.Name}: {Text(seen)}, expected {Text(outcome)}");
            }
        }

        _timeline.Say(Name, $"asked {other.Name} {requests} times: {Text(outcome)}");
    }

    /// <summary>The next event of a kind that is about this; earlier ones of other kinds are passed over.</summary>
    public async Task<T> NextAsync<T>(Func<T, bool> isIt)
    {
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            while (true)
            {
                if (await _events.Reader.ReadAsync(limit.Token) is T fact && isIt(fact))
                {
                    return fact;
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw new UnexpectedException($"{Name} waited {Limit} for an {typeof(T).Name}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _remote.DisposeAsync();
        await _system.DisposeAsync();
    }

    private static Task AnswerAsync(IContext context)
    {
        if (context.Message is StringValue text)
        {
            context.Respond(text);
        }

        return Task.CompletedTask;
    }

    private static string Text(DeadLetterReason? outcome) => outcome is { } reason ? $"dead letter, {reason.Name}" : "answered";

    private void Happened(object fact, string what)
    {
        _timeline.Say(Name, what);
        _events.Writer.TryWrite(fact);
    }
}
