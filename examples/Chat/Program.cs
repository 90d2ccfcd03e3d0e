using Chat;

return await CommandLine.InvokeAsync(args);
