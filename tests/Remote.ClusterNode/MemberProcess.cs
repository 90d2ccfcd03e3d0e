namespace Remote.ClusterNode;

/// <summary>
/// The process of a member: it joins, does what it is told, line by line, and says what it did, in lines of JSON. It ends when its standard
/// input does, so that a test that dies takes its members with it, and when the cluster has put the member out, as an application does that
/// something else starts again.
/// </summary>
internal sealed class MemberProcess
{
    public const int PutOut = 4, InputEnded = 3;

    private readonly Announcer _announcer;
    private readonly Member _member;
    private readonly TaskCompletionSource<int> _exit = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private MemberProcess(MemberPlan plan, TextWriter output)
    {
        _announcer = new Announcer(output);
        _member = new Member(plan, _announcer);
    }

    public static async Task<int> RunAsync(MemberPlan plan, TextReader input, TextWriter output)
    {
        var process = new MemberProcess(plan, output);
        await process._member.JoinAsync();
        _ = process.ExitWhenPutOutAsync();

        // On the pool: reading the console blocks.
        _ = Task.Run(() => process.ObeyAsync(input));
        return await process._exit.Task;
    }

    private async Task ExitWhenPutOutAsync()
    {
        await _member.Left;
        if (!_member.IsLeaving)
        {
            _announcer.Say("left", ("why", "put out"));
            _exit.TrySetResult(PutOut);
        }
    }

    private async Task ObeyAsync(TextReader input)
    {
        while (await input.ReadLineAsync() is { } line)
        {
            var command = Command.Parse(line);
            if (command.Name == "leave")
            {
                await _member.LeaveAsync();
                _announcer.Say("left", ("why", "asked to"));
                _exit.TrySetResult(0);
                return;
            }

            // Not one after the other: a load goes on while a status is asked for.
            _ = AnswerAsync(command);
        }

        _exit.TrySetResult(InputEnded);
    }

    private async Task AnswerAsync(Command command)
    {
        try
        {
            _announcer.Say("answer", ("to", command.Number), ("result", await _member.ObeyAsync(command)));
        }
        catch (Exception exception)
        {
            _announcer.Say("answer", ("to", command.Number), ("error", exception.ToString()));
        }
    }
}
