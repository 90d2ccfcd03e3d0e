using System.Globalization;
using System.Runtime.InteropServices;

namespace Remote.LoadTest;

/// <summary>
/// The hidden end of the program: a process that sends or takes messages and does what its standard input says, one line
/// at a time, each answered by one line. It ends with its input.
/// </summary>
internal static class Role
{
    /// <summary>The hidden command, and the names of its two roles.</summary>
    public const string Command = "role", Driver = "driver", Receiver = "receiver";

    /// <summary>The hidden command of the scenarios whose processes are their own.</summary>
    public const string PartCommand = "part";

    /// <summary>The driver's command to do one run.</summary>
    public const string Run = "run";

    /// <summary>The receiver's command to say where it stands.</summary>
    public const string Mark = "mark";

    /// <summary>How answers begin: <c>ready ADDRESS</c>, <c>done JSON</c>, <c>failed REASON</c>.</summary>
    public const string Ready = "ready ", Done = "done ", Failed = "failed ";

    private static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(0.3);

    private static double ProcessorSeconds => Environment.CpuUsage.TotalTime.TotalSeconds;

    public static async Task<int> RunAsync(string role, Subject subject, RunPlan plan, string? address)
    {
        using var listening = new Listening(plan.Listeners);
        return await RunAsync($"{role} of {subject}", commands => role switch
        {
            Driver => DriveAsync(Subjects.Driver(subject, plan), address ?? "", commands),
            Receiver => ReceiveAsync(Subjects.Receiver(subject, plan), commands),
            _ => throw new LoadTestException($"There is no role '{role}'."),
        });
    }

    /// <summary>The same for a part of a scenario that has processes of its own.</summary>
    public static Task<int> RunPartAsync(string name, string plan) => RunAsync(name, commands => ServeAsync(Parts.Make(name, plan), commands));

    private static async Task<int> RunAsync(string name, Func<CommandReader, Task> run)
    {
        try
        {
            await run(new CommandReader());
            return 0;
        }
        catch (Exception exception)
        {
            // One line, because the coordinator reads lines; the rest is for people.
            await Console.Error.WriteLineAsync(exception.ToString());
            Say(Failed, $"{name}: {exception.Message.ReplaceLineEndings(" ")}");
            return 1;
        }
    }

    private static async Task DriveAsync(IDriver driver, string address, CommandReader commands)
    {
        await using var _ = driver;
        await driver.StartAsync(address);
        Say(Ready, "");
        while (await commands.NextAsync() is { } command)
        {
            Expect(Run, command);
            var (before, processorBefore) = (GC.GetTotalAllocatedBytes(precise: true), ProcessorSeconds);
            var times = await UnlessEndedAsync(RunLongEnoughAsync(driver), commands);
            var processor = ProcessorSeconds - processorBefore;
            var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
            Say(Done, new RunReport(
                times.Messages,
                times.Elapsed.TotalSeconds,
                times.Requests?.PercentileMicros(0.50),
                times.Requests?.PercentileMicros(0.99),
                allocated,
                processor,
                driver.DeadLetters).ToJson());
        }
    }

    /// <summary>
    /// A baseline may be through in milliseconds, too short to be measured: it goes again until it has run as long as the
    /// product does. Where requests are timed one by one a run is long enough as it is.
    /// </summary>
    private static async Task<RunTimes> RunLongEnoughAsync(IDriver driver)
    {
        var times = await driver.RunAsync();
        while (times.Requests is null && times.Elapsed < LongEnough)
        {
            var more = await driver.RunAsync();
            times = new RunTimes(times.Messages + more.Messages, times.Elapsed + more.Elapsed);
        }

        return times;
    }

    // A run that hangs must not outlive a coordinator that was killed.
    private static async Task<RunTimes> UnlessEndedAsync(Task<RunTimes> run, CommandReader commands) =>
        await Task.WhenAny(run, commands.Ended) == run ? await run : throw new LoadTestException("The coordinator has gone in the middle of a run.");

    private static async Task ReceiveAsync(IReceiver receiver, CommandReader commands)
    {
        await using var _ = receiver;
        Say(Ready, await receiver.StartAsync());
        while (await commands.NextAsync() is { } command)
        {
            Expect(Mark, command);
            Say(Done, new ReceiverMark(GC.GetTotalAllocatedBytes(precise: true), ProcessorSeconds, receiver.DeadLetters).ToJson());
        }
    }

    private static async Task ServeAsync(IPart part, CommandReader commands)
    {
        await using var ending = part;

        // For whoever looks at a run that hangs: kill -QUIT.
        using var asked = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, signal =>
        {
            signal.Cancel = true;
            Console.Error.WriteLine(part.Describe());
        });
        Say(Ready, await part.StartAsync());
        while (await commands.NextAsync() is { } command)
        {
            // Not waited for: what is only told may be about the answer that is being worked on.
            _ = AnswerAsync(part, command);
        }
    }

    private static async Task AnswerAsync(IPart part, string command)
    {
        try
        {
            if (await part.AnswerAsync(command) is { } answer)
            {
                Say(Done, answer);
            }
        }
        catch (Exception exception)
        {
            await Console.Error.WriteLineAsync(exception.ToString());
            Say(Failed, $"{command}: {exception.Message.ReplaceLineEndings(" ")}");
        }
    }

    private static void Expect(string expected, string command)
    {
        if (command != expected)
        {
            throw new LoadTestException(string.Create(CultureInfo.InvariantCulture, $"'{command}' is no command; expected '{expected}'."));
        }
    }

    private static void Say(string prefix, string text)
    {
        Console.Out.WriteLine(prefix + text);
        Console.Out.Flush();
    }
}
