namespace Remote.Actors.Tests;

public sealed class PIDTests
{
    [Fact]
    public void Equals_OtherRequestId_IsEqual()
    {
        var one = new PID("a:1", "x", 1);
        var two = new PID("a:1", "x", 2);

        Assert.Equal(one, two);
        Assert.True(one == two);
        Assert.Equal(one.GetHashCode(), two.GetHashCode());
    }

    [Theory]
    [InlineData("a:1", "y")]
    [InlineData("A:1", "x")]
    [InlineData("", "x")]
    public void Equals_OtherAddressOrId_Differs(string address, string id)
    {
        Assert.NotEqual(new PID("a:1", "x"), new PID(address, id));
        Assert.True(new PID("a:1", "x") != new PID(address, id));
    }

    [Fact]
    public void Equals_Null_Differs()
    {
        PID? none = null;

        Assert.False(new PID("", "x").Equals(none));
        Assert.True(none == null);
        Assert.False(none == new PID("", "x"));
    }

    [Fact]
    public void WithRequestId_CarriesAddressIdAndCachedProcess()
    {
        var system = new ActorSystem();
        var pid = system.Root.SpawnNamed(Functions.Echo, "x");
        system.Processes.Get(pid);

        var copy = pid.WithRequestId(7);

        Assert.Equal((pid.Address, pid.Id, 7u), (copy.Address, copy.Id, copy.RequestId));
        Assert.Same(pid.Cached, copy.Cached);
        Assert.Same(pid, pid.WithRequestId(0));
    }

    [Theory]
    [InlineData("", "x", 0, "x")]
    [InlineData("h:1", "x", 0, "h:1/x")]
    [InlineData("h:1", "x/y", 9, "h:1/x/y#9")]
    public void ToString_IsForPeople(string address, string id, uint requestId, string expected) =>
        Assert.Equal(expected, new PID(address, id, requestId).ToString());

    [Fact]
    public async Task Get_PidUsedByTwoSystems_FindsTheProcessOfEach()
    {
        await using var one = new TestSystem();
        await using var two = new TestSystem();
        var answers = new[] { "one", "two" };
        one.Root.SpawnNamed(Functions.Props(context => Answer(context, answers[0])), "same");
        two.Root.SpawnNamed(Functions.Props(context => Answer(context, answers[1])), "same");
        var shared = new PID("", "same");

        for (var i = 0; i < 100; i++)
        {
            Assert.Equal("one", await one.Root.RequestAsync<string>(shared, "who").Within("the answer of system one"));
            Assert.Equal("two", await two.Root.RequestAsync<string>(shared, "who").Within("the answer of system two"));
        }
    }

    [Fact]
    public async Task Get_ActorReplacedUnderItsName_FindsTheNewOne()
    {
        await using var system = new TestSystem();
        var first = system.Root.SpawnNamed(Functions.Props(context => Answer(context, "first")), "name");
        Assert.Equal("first", await system.Root.RequestAsync<string>(first, "who").Within("the first answer"));
        await system.Root.StopAsync(first).Within("the first actor's end");

        system.Root.SpawnNamed(Functions.Props(context => Answer(context, "second")), "name");

        Assert.Equal("second", await system.Root.RequestAsync<string>(first, "who").Within("the second answer"));
    }

    private static void Answer(IContext context, string answer)
    {
        if (context.Message is string)
        {
            context.Respond(answer);
        }
    }
}
