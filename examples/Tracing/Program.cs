using Tracing;

return await CommandLine.InvokeAsync(args);
