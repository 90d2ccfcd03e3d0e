using Remote.Actors;

namespace Remote.StartBench;

/// <summary>The node that is asked; it ends when its input does.</summary>
internal static class ReplyServer
{
    public static async Task<int> RunAsync(string socket)
    {
        await using var system = new ActorSystem();
        await using var remote = await RemoteHost.StartAsync(
            system, new RemoteOptions { UnixSocketPath = socket }, setup => setup.AddMessages(StartbenchReflection.Descriptor));
        system.Root.SpawnNamed(Props.FromFunction(AnswerAsync), Roles.Actor);
        Console.WriteLine(Roles.Listening);
        while (await Console.In.ReadLineAsync() is not null)
        {
        }

        return 0;
    }

    private static Task AnswerAsync(IContext context)
    {
        if (context.Message is Ask ask)
        {
            context.Respond(new Answer { Text = $"Hello, {ask.Name}!" });
        }

        return Task.CompletedTask;
    }
}
