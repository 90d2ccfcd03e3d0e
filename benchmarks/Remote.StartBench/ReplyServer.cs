using Proto;
using Proto.Remote;

namespace Remote.StartBench;

/// <summary>The node that is asked; it ends when its input does.</summary>
internal static class ReplyServer
{
    public static async Task<int> RunAsync(string socket)
    {
        await using var system = new ActorSystem().WithRemote(
            RemoteConfig.BindToLocalhost().WithProtoMessages(StartbenchReflection.Descriptor), options => options.UnixSocketPath = socket);
        system.Root.SpawnNamed(Props.FromFunc(AnswerAsync), Roles.Actor);
        await system.Remote().StartAsync();
        Console.WriteLine(Roles.Listening);
        while (await Console.In.ReadLineAsync() is not null)
        {
        }

        await system.Remote().ShutdownAsync();

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
