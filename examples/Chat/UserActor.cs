using Proto;
using Remote;

namespace Chat;

/// <summary>A line that the user has typed.</summary>
internal sealed record Line(string Text);

/// <summary>The user wants to leave; asked for <see cref="Seen"/>.</summary>
internal sealed record Leave;

/// <summary>The answer.</summary>
/// <param name="Room">Whether the user is in the room, as far as it knows.</param>
internal sealed record Seen(bool Room);

/// <summary>
/// A user, on a node without a listener: enters the room, prints what is said there, and enters again when the server is gone and another one
/// has taken its place. Nothing is lost by a connection that only breaks, so that is told and no more.
/// </summary>
internal sealed class UserActor(PID room, string name, TextWriter output) : IActor
{
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan SilentFor = TimeSpan.FromSeconds(2);

    private bool _isIn;
    private bool _isCut;
    private bool _isTold;
    private bool _isLeaving;

    public async Task ReceiveAsync(IContext context)
    {
        switch (context.Message)
        {
            case Started:
                Enter(context);
                context.ReenterAfter(Task.Delay(SilentFor), _ => TellOnceAsync($"* nobody answers at {room.Address}; trying until somebody does"));
                break;
            case Line line when _isIn:
                context.Request(room, new Say(line.Text));
                break;
            case Line line:
                await PrintAsync($"* not said, because you are in no room: {line.Text}");
                break;
            case Welcome welcome:
                (_isIn, _isCut, _isTold) = (true, false, true);
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
            case EndpointReconnecting when _isIn && !_isCut:
                _isCut = true;
                await PrintAsync("* there is no connection to the room; what you type waits until there is one again");
                break;
            case EndpointReconnected when _isCut:
                _isCut = false;
                await PrintAsync("* connected again");
                break;
            case RemoteDeadLetterEvent { Message: Say say } letter:
                await PrintAsync(letter.Reason == DeadLetterReason.DeliveryUnknown
                    ? $"* nobody knows whether this was said: {say.Text}"
                    : $"* not said ({letter.Reason.Name}): {say.Text}");
                break;
            case Terminated when _isLeaving:
                // The room is not gone for one who leaves it.
                break;
            case Terminated ended:
                await LookAgainAsync(context, ended.Why);
                break;
            case Leave:
                _isLeaving = true;
                context.Respond(new Seen(_isIn && !_isCut));
                break;
        }
    }

    private void Enter(IContext context)
    {
        context.Watch(room);
        context.Request(room, new Join(name));
    }

    // Whatever else was on its way to the room has died with it; this is told in any case, and once.
    private async Task LookAgainAsync(IContext context, TerminatedReason why)
    {
        if (_isIn)
        {
            (_isIn, _isCut, _isTold) = (false, false, true);
            await PrintAsync("* the room is gone, looking for another");
        }

        await TellOnceAsync(why == TerminatedReason.NotFound
            ? $"* there is no room at {room.Address}; trying until there is one"
            : $"* nobody answers at {room.Address}; trying until somebody does");
        context.ReenterAfter(Task.Delay(TryAgainAfter), () => Enter(context));
    }

    private async Task TellOnceAsync(string line)
    {
        if (!_isTold)
        {
            _isTold = true;
            await PrintAsync(line);
        }
    }

    private async Task PrintAsync(string line)
    {
        await output.WriteLineAsync(line);
        await output.FlushAsync();
    }
}
