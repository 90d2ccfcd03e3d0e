using Hosting;

return await new CommandLine(Console.Out, Console.Error).InvokeAsync(args);
