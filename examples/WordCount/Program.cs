using WordCount;

return await new CommandLine(
    (_, _) => Task.FromResult(0),
    _ => Task.FromResult(0),
    _ => Task.FromResult(0)).InvokeAsync(args);
