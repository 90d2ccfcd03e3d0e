using Remote.Cli;

using var interruption = Interruption.Listen();
using var output = ToolOutput.OfProcess();
return await Tool.RunAsync(args, output, interruption);
