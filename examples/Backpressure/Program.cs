using Backpressure;

// Without arguments: the producer. It starts this program again, with the hidden argument `consumer`.
return await new CommandLine(
    Console.Error,
    run: (options, cancellation) => new FloodRun(options, Screen.ForConsole(), TimeProvider.System).RunAsync(cancellation),
    check: cancellation => SelfCheck.RunAsync(Console.Out, cancellation),
    consume: ConsumerProgram.RunAsync).InvokeAsync(args);
