using Proto;

namespace Chat;

/// <summary>A line that the user has typed.</summary>
internal sealed record Line(string Text);

/// <summary>
/// A user, on a node without a listener: enters the room, prints what is said there, and enters again when the server is gone and another one
/// has taken its place. A connection that only breaks is none of its business: nothing is lost by that.
/// </summary>
internal sealed class UserActor(PID room, string name, TextWriter output) : IActor
{
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromMilliseconds(200);

    public async Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case Started:
                Enter(context);
                break;
            case Line line:
                context.Request(room, new Say(line.Text));
                break;
            case Welcome welcome:
                await PrintAsync(welcome.Others.Length == 0 ? "* you are alone in the room" : $"* you are in the room with {string.Join(", ", welcome.Others)}");
                break;
            case Said said:
                await PrintAsync($"{said.Name}: {said.Text}");
                break;
            case Arrived arrived:
                await PrintAsync($"* {arrived.Name} is here");
                break;
            case Departed departed:
                await PrintAsync($"* {departed.Name} has left");
                break;

            // Whatever else was on its way to the room has died with it; this is told in any case, and once.
            case Terminated:
                await PrintAsync("* the room is gone, looking for another");
                context.ReenterAfter(Task.Delay(TryAgainAfter), () => Enter(context));
                break;
        }
    }

    private void Enter(IContext context)
    {
        context.Watch(room);
        context.Request(room, new Join(name));
    }

    private async Task PrintAsync(string line)
    {
        await output.WriteLineAsync(line);
        await output.FlushAsync();
    }
}
