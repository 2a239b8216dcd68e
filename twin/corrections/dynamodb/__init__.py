"""Corrections of moto's DynamoDB: `atomicity` of requests and transactions, `partitions` that a query reads."""
