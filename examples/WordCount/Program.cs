using WordCount;

// Without arguments: the coordinator. It starts this program again, with the hidden argument `worker`, as often as wanted.
return await new CommandLine(
    Console.Error,
    count: (options, cancellation) =>
        new CountingRun(options, RunDisplay.ForConsole(), Console.Error, WorkerProcess.ThisProgram).RunAsync(cancellation),
    check: SelfCheck.RunAsync,
    work: WorkerProgram.RunAsync).InvokeAsync(args);
