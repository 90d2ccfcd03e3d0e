namespace Remote.Actors.Tests;

[Trait("Behaviour", "A-08")]
public sealed class MessageHeadersTests
{
    [Fact]
    public void With_LeavesTheOriginalAlone()
    {
        var one = MessageHeaders.Empty.With("a", "1");
        var two = one.With("b", "2").With("a", "3");

        Assert.Empty(MessageHeaders.Empty);
        Assert.Equal([new("a", "1")], one);
        Assert.Equal((2, "3", "2"), (two.Count, two["a"], two["b"]));
        Assert.Equal(["b"], two.Without("a").Keys);
    }

    [Fact]
    public void Constructor_LastOfEqualKeysWins_KeysAreOrdinal()
    {
        var headers = new MessageHeaders([new("a", "1"), new("A", "2"), new("a", "3")]);

        Assert.Equal((2, "3", "2"), (headers.Count, headers["a"], headers["A"]));
        Assert.True(headers.ContainsKey("A"));
        Assert.False(headers.TryGetValue("b", out _));
        Assert.Equal("else", headers.GetOrDefault("b", "else"));
        Assert.Equal(["2", "3"], headers.Values.Order());
    }

    [Fact]
    public async Task Send_Headers_ArriveWithTheMessageOnly()
    {
        await using var system = new TestSystem();
        var pid = system.Spawn(context =>
        {
            if (context.Message is string)
            {
                context.Respond(string.Join(',', context.Headers.Select(header => $"{header.Key}={header.Value}").Order()));
            }
        });
        var root = system.Root.WithHeaders(MessageHeaders.Empty.With("a", "1")).WithHeaders(MessageHeaders.Empty.With("b", "2"));

        Assert.Equal("a=1,b=2", await root.RequestAsync<string>(pid, "headers?").Within("the answer"));
        Assert.Equal("", await system.Root.RequestAsync<string>(pid, "headers?").Within("the answer"));
    }

    [Fact]
    public async Task Send_EnvelopeHeaders_WinOverTheContexts()
    {
        await using var system = new TestSystem();
        var request = new PendingRequest<string>();
        system.System.Futures.Add(request, Timeout.InfiniteTimeSpan, CancellationToken.None);
        var pid = system.Spawn(context =>
        {
            if (context.Message is string)
            {
                context.Respond(context.Headers["a"] + context.Headers["b"]);
            }
        });
        var root = system.Root.WithHeaders(MessageHeaders.Empty.With("a", "context ").With("b", "context"));

        root.Send(pid, new MessageEnvelope("headers?", request.Pid, MessageHeaders.Empty.With("a", "envelope ")));

        Assert.Equal("envelope context", await request.Task.Within("the answer"));
    }

    [Fact]
    [Trait("Behaviour", "O-09")]
    public void Deadline_IsAHeaderThatSurvivesOtherHeaders()
    {
        var deadline = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_123);

        var headers = MessageHeaders.Empty.WithDeadline(deadline).With("a", "1");

        Assert.Equal("1800000000123", headers[MessageHeaders.DeadlineKey]);
        Assert.Equal(deadline, headers.Deadline);
        Assert.Null(headers.Without(MessageHeaders.DeadlineKey).Deadline);
        Assert.Null(MessageHeaders.Empty.Deadline);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("soon")]
    [InlineData(" 1800000000123")]
    [InlineData("9223372036854775807")]
    [InlineData("99999999999999999999")]
    [Trait("Behaviour", "O-09")]
    public void Deadline_OfAPeerThatWritesNonsense_IsNone(string text) =>
        Assert.Null(MessageHeaders.Empty.With(MessageHeaders.DeadlineKey, text).Deadline);

    [Fact]
    [Trait("Behaviour", "O-09")]
    public void SendWithin_NoTimeLeft_IsRefused()
    {
        var system = new ActorSystem();

        Assert.Throws<ArgumentOutOfRangeException>(() => system.Root.SendWithin(new PID("", "x"), "message", TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => system.Root.WithDeadline(TimeSpan.FromTicks(-1)));
    }
}
