using Google.Protobuf.WellKnownTypes;
using Proto;
using Remote.Testing;

namespace Remote.Tests;

/// <summary>
/// The request arrives and its answer does not: because of its type, its size, or because the actor throws. The node that knows tells the caller where that
/// is right, and its own log in any case.
/// </summary>
[Trait("Behaviour", "O-11")]
public sealed class AnswerMistakeTests : IAsyncLifetime
{
    private readonly InMemoryNetwork _network = new();
    private TestNode _here = null!;
    private TestNode _there = null!;

    public async Task InitializeAsync()
    {
        _here = await TestNode.StartAsync(network: _network, at: "here:8000");

        // Method is known there only.
        _there = await TestNode.StartAsync(
            setup: setup => setup.AddMessages(ApiReflection.Descriptor), network: _network, at: "there:8000");
        _there.SpawnEcho();
        _there.Spawn("answerer", context =>
        {
            if (Answer(context.Message) is { } answer)
            {
                context.Respond(answer);
            }
        });
    }

    public async Task DisposeAsync()
    {
        await _here.DisposeAsync();
        await _there.DisposeAsync();
        await _network.DisposeAsync();
    }

    [Theory]
    [InlineData("unregistered", "NotSerializable", nameof(Unregistered))]
    [InlineData("large", "TooLarge", nameof(StringValue))]
    public async Task Answer_ThatCannotBeSent_IsToldToTheCallerAtOnce(string kind, string reason, string type)
    {
        var refusal = await _here.RefusalAsync(_there.Pid("answerer"), new StringValue { Value = kind });

        Assert.Equal(reason, refusal.GetReason().Name);
        await _there.Log.WarnsAsync("MessageNotSent", 2012, _here.Address, type);
        var letter = Assert.Single(await _there.PublishedAsync<RemoteDeadLetterEvent>());
        Assert.Equal((reason, _here.Address), (letter.Reason.Name, letter.Pid.Address));
        Assert.Equal("re:next", await _here.AskAsync(_there.Pid("echo"), "next"));
    }

    [Fact]
    public async Task Answer_ThatCannotBeSent_EndsRequestAsyncAtOnce() => await Assert.ThrowsAsync<DeadLetterException>(
        () => _here.Root.RequestAsync<StringValue>(_there.Pid("answerer"), new StringValue { Value = "unregistered" }, TimeSpan.FromHours(1)).Within("the refusal"));

    [Fact]
    public async Task Answer_ThatCannotBeRead_IsToldToTheCallerAtOnce()
    {
        var refusal = await _here.RefusalAsync(_there.Pid("answerer"), new StringValue { Value = "unknown here" });

        Assert.Equal("UnknownType", refusal.GetReason().Name);
        await _here.Log.WarnsAsync("EnvelopeRefused", 2019, _there.Address, "google.protobuf.Method", "the messages of a file. Is the type registered here?");
        Assert.Equal("UnknownType", Assert.Single(await _here.PublishedAsync<RemoteDeadLetterEvent>()).Reason.Name);
        Assert.Equal("re:next", await _here.AskAsync(_there.Pid("echo"), "next"));
    }

    [Fact]
    public async Task MemberOfACluster_IsToldNothing_BecauseItWouldTakeItForTheEndOfTheActor()
    {
        foreach (var node in new[] { _here, _there })
        {
            node.ActorSystem.Extensions.Register(new Proto.Cluster.Cluster());
        }

        using var unsent = _here.Root.GetFuture();
        using var unread = _here.Root.GetFuture();
        _here.Root.Request(_there.Pid("answerer"), new StringValue { Value = "unregistered" }, unsent.Pid);
        _here.Root.Request(_there.Pid("answerer"), new StringValue { Value = "unknown here" }, unread.Pid);

        await _there.Log.WarnsAsync("MessageNotSent", 2012, _here.Address);
        await _here.Log.WarnsAsync("EnvelopeRefused", 2019, _there.Address);
        await _here.Events.NextAsync<RemoteDeadLetterEvent>();
        Assert.Equal("re:next", await _here.AskAsync(_there.Pid("echo"), "next"));
        Assert.False(unsent.Task.IsCompleted || unread.Task.IsCompleted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RequestOfAMember_ThatCannotBeSent_IsNotAnswered_ForTheActorItAsksIsAlive(bool sharedFutures)
    {
        await using var here = await TestNode.StartAsync(
            network: _network, at: "member:8000", system: new ActorSystemConfig { SharedFutures = sharedFutures });
        here.ActorSystem.Extensions.Register(new Proto.Cluster.Cluster());
        here.Spawn("asker");
        using var unsent = here.Root.GetFuture();
        using var large = here.Root.GetFuture();

        here.Root.Request(_there.Pid("answerer"), new Unregistered(1), unsent.Pid);
        here.Root.Request(_there.Pid("answerer"), new StringValue { Value = new string('x', 5 * 1024 * 1024) }, large.Pid);
        here.Root.Request(_there.Pid("answerer"), new Unregistered(2), here.Pid("asker"));

        // An actor that asks in its own name is told, and is behind the two others.
        Assert.Equal("NotSerializable", ((DeadLetterResponse)(await here.NextReceiptAsync("asker")).Message).GetReason().Name);
        await here.Log.WarnsAsync("MessageNotSent", 2012, _there.Address, nameof(Unregistered));
        Assert.Equal(
            ["NotSerializable", "TooLarge", "NotSerializable"], (await here.PublishedAsync<RemoteDeadLetterEvent>()).Select(letter => letter.Reason.Name));
        Assert.Equal("re:next", await here.AskAsync(_there.Pid("echo"), "next"));
        Assert.False(unsent.Task.IsCompleted || large.Task.IsCompleted);
    }

    [Fact]
    public async Task Request_ThatCannotBeSent_IsToldToTheCallerAtOnce_OutsideOfACluster() =>
        Assert.Equal("NotSerializable", (await _here.RefusedAsync(_there.Pid("answerer"), new Unregistered(1))).Name);

    [Fact]
    public async Task MessageToAnActor_ThatCannotBeSent_IsNoAnswer()
    {
        _here.Spawn("listener");

        _there.Root.Send(_here.Pid("listener"), new Unregistered(1));
        _there.Root.Send(_here.Pid("listener"), new StringValue { Value = "next" });

        Assert.Equal("next", ((StringValue)(await _here.NextReceiptAsync("listener")).Message).Value);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ActorThatThrows_IsAWarningThere_AndTheCallerIsNotAnswered(bool ownMailbox)
    {
        var props = _there.Recorder("thrower", static context =>
            context.Message is StringValue { Value: "throw" } ? throw new InvalidOperationException("A secret of the actor.") : Answered(context));
        _there.Root.SpawnNamed(ownMailbox ? props.WithMailbox(() => Proto.Mailbox.UnboundedMailbox.Create()) : props, "thrower");
        using var future = _here.Root.GetFuture();

        _here.Root.Request(_there.Pid("thrower"), new StringValue { Value = "throw" }, future.Pid);

        await _there.Log.WarnsAsync(
            "RequestFailed", 2043, "thrower", nameof(StringValue), _here.Address, nameof(InvalidOperationException), "is not answered");
        Assert.DoesNotContain(_there.Log.Lines, line => line.Text.Contains("A secret", StringComparison.Ordinal) && line.Category == "Remote");

        // It was restarted, and may yet answer what it was asked before: only Proto.Actor's supervision knows.
        Assert.Equal("re:next", await _here.AskAsync(_there.Pid("thrower"), "next"));
        Assert.False(future.Task.IsCompleted);
    }

    [Fact]
    public async Task ActorThatThrows_AtWhatNobodyWaitsFor_IsProtoActorsBusiness()
    {
        var props = _there.Recorder("thrower", static context =>
            context.Message is StringValue { Value: "throw" } ? throw new InvalidOperationException("It fails.") : Answered(context));
        _there.Root.SpawnNamed(props, "thrower");

        _here.Root.Send(_there.Pid("thrower"), new StringValue { Value = "throw" });
        _there.Root.Request(_there.Pid("thrower"), new StringValue { Value = "throw" }, _there.Pid("echo"));

        Assert.Equal("re:next", await _here.AskAsync(_there.Pid("thrower"), "next"));
        Assert.Equal(0, _there.Log.Count("RequestFailed"));
    }

    private static Task Answered(IContext context)
    {
        if (context.Message is StringValue text)
        {
            context.Respond(new StringValue { Value = "re:" + text.Value });
        }

        return Task.CompletedTask;
    }

    private static object? Answer(object? message) => (message as StringValue)?.Value switch
    {
        "unregistered" => new Unregistered(1),
        "large" => new StringValue { Value = new string('x', 5 * 1024 * 1024) },
        "unknown here" => new Method { Name = "M" },
        _ => null,
    };

    /// <summary>No serializer takes it: JSON takes everything but types.</summary>
    private sealed record Unregistered(int Number)
    {
        public System.Type Kind => typeof(Unregistered);
    }
}
