"""Corrections of moto's DynamoDB: `atomicity`."""
