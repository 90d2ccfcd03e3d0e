using SecureNodes;

return await CommandLine.InvokeAsync(args);
