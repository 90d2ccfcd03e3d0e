namespace Remote.Actors.Tests;

public sealed class SmokeTests
{
    [Fact]
    public async Task RequestAsync_EchoActor_Answers()
    {
        await using var system = new ActorSystem();
        var pid = system.Root.Spawn(Props.FromFunction(context =>
        {
            if (context.Message is string text)
            {
                context.Respond(text + "!");
            }

            return Task.CompletedTask;
        }));

        var answer = await system.Root.RequestAsync<string>(pid, "hello", TimeSpan.FromSeconds(5));

        Assert.Equal("hello!", answer);
        await system.Root.PoisonAsync(pid).WaitAsync(TimeSpan.FromSeconds(30));
        var gone = await Assert.ThrowsAsync<DeadLetterException>(() => system.Root.RequestAsync<string>(pid, "hello", TimeSpan.FromSeconds(30)));
        Assert.Equal(pid, gone.Target);
    }
}
