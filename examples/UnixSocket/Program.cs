using UnixSockets;

return await new CommandLine(Console.Out, Console.Error).InvokeAsync(args);
