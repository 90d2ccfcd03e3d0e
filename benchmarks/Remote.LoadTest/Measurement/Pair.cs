namespace Remote.LoadTest;

/// <summary>Two fresh processes, a driver and a receiver, for one subject and one plan.</summary>
internal sealed class Pair : IAsyncDisposable
{
    private readonly RoleProcess _receiver;
    private readonly RoleProcess _driver;

    private Pair(RoleProcess receiver, RoleProcess driver)
    {
        _receiver = receiver;
        _driver = driver;
    }

    public static async Task<Pair> StartAsync(Subject subject, RunPlan plan, CancellationToken cancellation)
    {
        var receiver = await RoleProcess.StartAsync(Role.Receiver, subject, plan, null, cancellation);
        try
        {
            return new Pair(receiver, await RoleProcess.StartAsync(Role.Driver, subject, plan, receiver.Address, cancellation));
        }
        catch
        {
            await receiver.DisposeAsync();
            throw;
        }
    }

    /// <summary>Does one run.</summary>
    /// <exception cref="LoadTestException">It failed, or a message was lost.</exception>
    public async Task<RunFigures> RunAsync(CancellationToken cancellation)
    {
        var before = ReceiverMark.FromJson(await _receiver.AskAsync(Role.Mark, cancellation));
        var report = RunReport.FromJson(await _driver.AskAsync(Role.Run, cancellation));
        var after = ReceiverMark.FromJson(await _receiver.AskAsync(Role.Mark, cancellation));
        if (report.DeadLetters + after.DeadLetters > 0)
        {
            throw new LoadTestException($"{report.DeadLetters} dead letters at the sender, {after.DeadLetters} at the receiver: the run counts for nothing.");
        }

        return new RunFigures(
            report.MessagesPerSecond,
            report.P50Micros,
            report.P99Micros,
            (double)report.AllocatedBytes / report.Messages,
            (double)(after.AllocatedBytes - before.AllocatedBytes) / report.Messages,
            (report.ProcessorSeconds + after.ProcessorSeconds - before.ProcessorSeconds) / report.Messages * 1e6);
    }

    public async ValueTask DisposeAsync()
    {
        // The driver first: a receiver that is closed under a connected driver is not what is measured here.
        await _driver.DisposeAsync();
        await _receiver.DisposeAsync();
    }
}

/// <summary>The figures of one run; processor time is that of both processes.</summary>
internal sealed record RunFigures(
    double MessagesPerSecond, double? P50Micros, double? P99Micros, double SenderBytesPerMessage, double ReceiverBytesPerMessage,
    double ProcessorMicrosPerMessage);
