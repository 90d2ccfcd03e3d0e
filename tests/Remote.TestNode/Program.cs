using Remote.TestNode;

return await Node.RunAsync(Console.In, Console.Out, Console.Error);
