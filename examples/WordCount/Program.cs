using WordCount;

return await new CommandLine(
    Console.Error,
    (_, _) => Task.FromResult(0),
    _ => Task.FromResult(0),
    _ => Task.FromResult(0)).InvokeAsync(args);
