using Remote.LoadTest;

return await new CommandLine(Console.Out, Console.Error).InvokeAsync(args);
