using OrderCluster;

// Without arguments: the order desk. It starts this program again, with the hidden argument `member`, three times.
return await new CommandLine(Console.Out, Console.Error).InvokeAsync(args);
