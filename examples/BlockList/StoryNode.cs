using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Proto;
using Proto.Remote;
using Remote;

namespace Blocking;

/// <summary>A node of the story: it answers, asks others, and says what happens to it.</summary>
internal sealed class StoryNode : IAsyncDisposable
{
    private const string Answerer = "answerer";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly Timeline _timeline;
    private readonly ActorSystem _system;
    private readonly Channel<object> _events = Channel.CreateUnbounded<object>();
    private readonly Channel<RemoteDeadLetterEvent> _letters = Channel.CreateUnbounded<RemoteDeadLetterEvent>();
    private int _asked;

    private StoryNode(string name, Timeline timeline)
    {
        (Name, _timeline) = (name, timeline);

        // A short rest, so that the story goes on soon after a node was told to stay away.
        _system = new ActorSystem().WithRemote(
            RemoteConfig.BindToLocalhost().WithProtoMessages(WrappersReflection.Descriptor),
            options => options.QuarantineDuration = TimeSpan.FromMilliseconds(200));
    }

    public string Name { get; }

    public string Address => _system.Address;

    public string SystemId => _system.Id;

    public PeerBlockList BlockList => _system.ReliableRemote().PeerBlockList;

    public static async Task<StoryNode> StartAsync(string name, Timeline timeline)
    {
        var node = new StoryNode(name, timeline);

        // What every application would do that wants to know: the event stream has all of it.
        node._system.EventStream.Subscribe<EndpointBlocked>(fact => node.Happened(
            fact,
            fact.By == BlockedBy.Peer ? $"EndpointBlocked: {fact.Reason}" : $"EndpointBlocked: {fact.Address ?? fact.SystemId}, because it {fact.Reason}"));
        node._system.EventStream.Subscribe<EndpointUnblocked>(fact => node.Happened(fact, $"EndpointUnblocked: {fact.Address ?? fact.SystemId}"));
        node._system.EventStream.Subscribe<EndpointTerminated>(fact => node.Happened(fact, $"EndpointTerminated: {fact.Address}, {fact.Reason}"));

        node._system.EventStream.Subscribe<RemoteDeadLetterEvent>(letter => node._letters.Writer.TryWrite(letter));
        node._system.Root.SpawnNamed(Props.FromFunc(AnswerAsync), Answerer);
        await node._system.Remote().StartAsync();
        timeline.Say(name, $"listens on {node.Address}, incarnation {node.SystemId}");
        return node;
    }

    /// <summary>Sends a request and returns why it was not delivered; <see langword="null"/> when it was answered.</summary>
    public async Task<DeadLetterReason?> AskAsync(StoryNode other)
    {
        var question = new StringValue { Value = $"{Name}, question {++_asked}" };
        try
        {
            await _system.Root.RequestAsync<StringValue>(PID.FromAddress(other.Address, Answerer), question, Limit);
            return null;
        }
        catch (DeadLetterException)
        {
            // That it was not delivered is all that Proto.Actor says here; the event says why.
            return (await ReadAsync(_letters.Reader, letter => question.Equals(letter.Message), "word of why a question was not delivered")).Reason;
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
    public async Task<T> NextAsync<T>(Func<T, bool> isIt) =>
        (T)await ReadAsync(_events.Reader, fact => fact is T wanted && isIt(wanted), $"an {typeof(T).Name}");

    public async ValueTask DisposeAsync()
    {
        await _system.Remote().ShutdownAsync();
        await _system.DisposeAsync();
    }

    private async Task<T> ReadAsync<T>(ChannelReader<T> reader, Predicate<T> isIt, string what)
    {
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            while (true)
            {
                if (await reader.ReadAsync(limit.Token) is var item && isIt(item))
                {
                    return item;
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw new UnexpectedException($"{Name} waited {Limit} for {what}");
        }
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
